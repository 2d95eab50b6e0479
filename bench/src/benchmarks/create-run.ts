import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark } from "../benchmark.ts";
import { inserts } from "../floors/inserts.ts";
import { oneProcess, type Place, wholeMesh } from "../place.ts";
import { race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline } from "../workload/pipeline.ts";

const clients = 32;

function creating(
  name: string,
  conditions: string,
  dialect: DialectName,
  bring: (stage: Stage) => Promise<Place>,
  reach?: number,
): Benchmark {
  return {
    about: `CreateRun by the transport of the SDK, ${name}: a run, its number in the pipeline, its audit event and what its followers hear; the floor is one-row inserts`,
    async measure(stage) {
      const { project, snapshot, connection } = await bringPipeline(stage, await bring(stage), 10);
      const runs = connection.client(RunService);
      const create = {
        name: `${clients} clients`,
        atOnce: clients,
        work: () => runs.createRun({ project, snapshot }),
        ...(reach && { reach }),
      };
      const lines = await race([await inserts(stage, dialect), create], { warmUpMs: 1_000 });
      return [{ kind: "race", title: "Runs created", conditions: `${conditions}; a pipeline of ten steps`, unit: "run", lines }];
    },
  };
}

export const createRun = creating("in one process", "One process, PostgreSQL", "postgres", (stage) => oneProcess(stage, "postgres"), 0.1);
export const createRunInMesh = creating(
  "in a mesh",
  "Eight processes, PostgreSQL and Redis, through the edge",
  "postgres",
  (stage) => wholeMesh(stage, "postgres"),
  0.05,
);
export const createRunOnMariadb = creating("on MariaDB", "One process, MariaDB", "mysql", (stage) => oneProcess(stage, "mysql"));
export const createRunOnSqlite = creating("on SQLite", "One process, SQLite, synchronous=FULL", "sqlite", (stage) =>
  oneProcess(stage, "sqlite"),
);
