import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { burst } from "./benchmarks/burst.ts";
import { bytes, bytesOnMariadb, bytesOnSqlite } from "./benchmarks/bytes.ts";
import { check } from "./benchmarks/check.ts";
import { compare, compareOnMariadb, compareOnSqlite } from "./benchmarks/compare.ts";
import { createRun, createRunInMesh, createRunOnMariadb, createRunOnSqlite } from "./benchmarks/create-run.ts";
import { credential } from "./benchmarks/credential.ts";
import { edge } from "./benchmarks/edge.ts";
import { filtersOnMariadb, filtersOnPostgres, filtersOnSqlite } from "./benchmarks/filters.ts";
import { growth } from "./benchmarks/growth.ts";
import { list, listOnMariadb, listOnSqlite } from "./benchmarks/list.ts";
import { mesh } from "./benchmarks/mesh.ts";
import { report } from "./benchmarks/report.ts";
import { runPage, runPageOnMariadb, runPageOnSqlite } from "./benchmarks/run-page.ts";
import { start } from "./benchmarks/start.ts";
import { step, stepInMesh, stepOnMariadb, stepOnSlowDisk, stepOnSqlite } from "./benchmarks/step.ts";
import { watch } from "./benchmarks/watch.ts";

/** Every benchmark by its name, in the order of docs/performance.md. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  edge,
  mesh,
  step,
  "step-mesh": stepInMesh,
  "step-mariadb": stepOnMariadb,
  "step-sqlite": stepOnSqlite,
  "step-slow-disk": stepOnSlowDisk,
  growth,
  "create-run": createRun,
  "create-run-mesh": createRunInMesh,
  "create-run-mariadb": createRunOnMariadb,
  "create-run-sqlite": createRunOnSqlite,
  report,
  burst,
  list,
  "list-mariadb": listOnMariadb,
  "list-sqlite": listOnSqlite,
  filters: filtersOnPostgres,
  "filters-mariadb": filtersOnMariadb,
  "filters-sqlite": filtersOnSqlite,
  "run-page": runPage,
  "run-page-mariadb": runPageOnMariadb,
  "run-page-sqlite": runPageOnSqlite,
  compare,
  "compare-mariadb": compareOnMariadb,
  "compare-sqlite": compareOnSqlite,
  authorize,
  check,
  credential,
  watch,
  start,
  bytes,
  "bytes-mariadb": bytesOnMariadb,
  "bytes-sqlite": bytesOnSqlite,
};
