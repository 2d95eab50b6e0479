import { ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { RunsTables } from "@signalbox/runs/tables.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { workspace } from "@signalbox/test/scene.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { oneProcess } from "../place.ts";
import { race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline, type Pipeline } from "../workload/pipeline.ts";

const runs = 20;
const parameters = 200;
const metrics = 50;
const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", mysql: "MariaDB", sqlite: "SQLite" };
const workspaceId = toId(workspace);

/** Runs beside each other. */
const compareOn = (dialect: DialectName): Benchmark => ({
  about: `What makes ${runs} runs differ that have ${parameters} parameters and ${metrics} metrics each, on ${names[dialect]}; the floor reads one row by primary key through a pool like that of the server`,
  measure: (stage) => on(stage, dialect),
});

export const compare: Benchmark = compareOn("postgres");
export const compareOnMariadb: Benchmark = compareOn("mysql");
export const compareOnSqlite: Benchmark = compareOn("sqlite");

async function on(stage: Stage, dialect: DialectName): Promise<readonly Section[]> {
  const place = await oneProcess(stage, dialect);
  const pipeline = await bringPipeline(stage, place);
  const made = await Promise.all(Array.from({ length: runs }, (_, n) => tellingRun(pipeline, n)));
  const url = place.environment.SIGNALBOX_DATABASE_URL ?? `sqlite://${place.folder}/runs.db`;
  const database = stage.own(openDatabase<RunsTables>(url), (each) => each.close());
  const id = toId(made[0] ?? "");
  const floor = () =>
    database.db.selectFrom("runsRun").selectAll().where("workspaceId", "=", workspaceId).where("id", "=", id).executeTakeFirstOrThrow();
  const client = pipeline.connection.client(ComparisonService);
  const { differences } = await client.compareRuns({ runs: made });
  if (differences.length < parameters + metrics) throw new Error(`only ${differences.length} differences were found`);
  const lines = await race([
    { name: "floor: one row by primary key", atOnce: 1, work: floor },
    { name: `${runs} runs, over HTTP through the edge`, atOnce: 1, work: () => client.compareRuns({ runs: made }) },
  ]);
  const asked = dialect === "postgres" ? { reach: { atMost: 60 } } : {};
  const times = { name: `${runs} runs, in times of one row`, value: 1 / (lines[1]?.ratio ?? Number.NaN), unit: "" };
  const conditions = `${names[dialect]}; one process; one comparison at a time`;
  return [
    { kind: "race", title: names[dialect], conditions, unit: "call", lines },
    {
      kind: "figures",
      title: `${names[dialect]}, in times`,
      conditions: `${differences.length} differences`,
      lines: [{ ...times, ...asked }],
    },
  ];
}

/** A run of which every parameter and the last value of every metric are its own. */
async function tellingRun({ connection, project, snapshot }: Pipeline, n: number): Promise<string> {
  const own = Object.fromEntries(Array.from({ length: parameters }, (_, at) => [`parameter_${at}`, at + n / runs]));
  const text = JSON.stringify(own);
  const { run } = await connection.client(RunService).createRun({ project, snapshot, running: true, parameters: { text } });
  const id = run?.id ?? "";
  const points = Array.from({ length: metrics }, (_, at) => ({ name: `metric_${at}`, index: 1n, value: at + n / runs }));
  const reports = connection.client(ReportService);
  await reports.startStep({ run: id, step: "train" });
  await reports.batchReport({
    run: id,
    reporter: "bench",
    reports: [{ sequence: 1n, step: "train", change: { case: "metrics", value: { points } } }],
  });
  await reports.endStep({ run: id, step: "train", ended: { status: Status.COMPLETED } });
  await reports.endRun({ run: id, ended: { status: Status.COMPLETED } });
  return id;
}
