import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { burst } from "./benchmarks/burst.ts";
import { bytes, bytesOnMariadb, bytesOnSqlite } from "./benchmarks/bytes.ts";
import { createRun, createRunInMesh, createRunOnMariadb, createRunOnSqlite } from "./benchmarks/create-run.ts";
import { edge } from "./benchmarks/edge.ts";
import { report } from "./benchmarks/report.ts";
import { step, stepInMesh, stepOnMariadb, stepOnSlowDisk, stepOnSqlite } from "./benchmarks/step.ts";

/** Every benchmark by its name, in the order of docs/performance.md. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  edge,
  step,
  "step-mesh": stepInMesh,
  "step-mariadb": stepOnMariadb,
  "step-sqlite": stepOnSqlite,
  "step-slow-disk": stepOnSlowDisk,
  "create-run": createRun,
  "create-run-mesh": createRunInMesh,
  "create-run-mariadb": createRunOnMariadb,
  "create-run-sqlite": createRunOnSqlite,
  report,
  burst,
  bytes,
  "bytes-mariadb": bytesOnMariadb,
  "bytes-sqlite": bytesOnSqlite,
  authorize,
};
