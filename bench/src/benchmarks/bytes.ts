import { setTimeout as sleep } from "node:timers/promises";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { sizes } from "../floors/sizes.ts";
import { oneProcess } from "../place.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline, type Pipeline } from "../workload/pipeline.ts";
import { wholeSteps } from "../workload/step.ts";

const steps = 100;
/** Runs that share a figure, so that pages that are half full weigh little. */
const repeats = 4;
const settleMs = 2_500;
const budget = 200;

const bound =
  "rows and keys. A step leaves eight rows (itself, its version, two events, an output, a use, a fact and its history) and one in a log, and a row names what it belongs to, in 50 to 100 bytes, before it says anything. Nearly half of all is indexes: each key begins with the sixteen bytes of the workspace, and every order that lists promise has one. Versions are a quarter, steps a sixth, and what is logged of them another: each value once as the latest, by which runs are found, and once in its history. What is new has its words beside, by which it is found, once for each artifact and run and not for each version";

/** What a run leaves in the database, with its log, its audit events and its indexes. */
const bytesOn = (dialect: DialectName, name: string): Benchmark => ({
  about: `Database bytes for a run of ${steps} steps, each with one version of an output and one fact, on ${name}`,
  ...(dialect === "postgres" && { bound }),
  measure: (stage) => onEngine(stage, dialect, name),
});

export const bytes: Benchmark = bytesOn("postgres", "PostgreSQL, vacuumed");
export const bytesOnMariadb: Benchmark = bytesOn("mysql", "MariaDB");
export const bytesOnSqlite: Benchmark = bytesOn("sqlite", "SQLite");

async function onEngine(stage: Stage, dialect: DialectName, name: string): Promise<Section[]> {
  const { url } = await stage.database(dialect);
  const pipeline = await bringPipeline(stage, await oneProcess(stage, dialect, { SIGNALBOX_DATABASE_URL: url }));
  const database = stage.own(openDatabase<never>(url, { poolSize: 1 }), (each) => each.close());
  const measured = async () => {
    // Followers of the logs come to their ends.
    await sleep(settleMs);
    return sizes(database);
  };
  // The first page of each table and index is there by then, however little is in it.
  await wholeRuns(pipeline, (run) => `before-${run}-`);
  const before = await measured();
  await wholeRuns(pipeline, (run) => `${run}-`);
  const first = await measured();
  await wholeRuns(pipeline, () => "0-");
  const repeat = await measured();
  const asked = dialect === "postgres" ? { reach: { atMost: budget } } : {};
  const tables = [...repeat].map(([table, size]) => ({ name: table, value: perRun(size, first.get(table)), unit: "kB" }));
  const largest = tables.toSorted((a, b) => b.value - a.value).slice(0, 8);
  return [
    {
      kind: "figures",
      title: name,
      conditions: `One process; the mean of ${repeats} runs, after as many others`,
      lines: [
        { name: "a run whose artifacts are new", value: perRun(sum(first), sum(before)), unit: "kB", ...asked },
        { name: "a repeat", value: perRun(sum(repeat), sum(first)), unit: "kB", ...asked },
        ...largest.map((line) => ({ ...line, name: `of a repeat, ${line.name}` })),
      ],
    },
  ];
}

const perRun = (after: number, before = 0): number => (after - before) / repeats / 1000;
const sum = (all: ReadonlyMap<string, number>): number => [...all.values()].reduce((total, each) => total + each, 0);

async function wholeRuns(pipeline: Pipeline, prefix: (run: number) => string): Promise<void> {
  await Promise.all(Array.from({ length: repeats }, (_, run) => wholeRun(pipeline, prefix(run))));
}

async function wholeRun({ connection, start }: Pipeline, prefix: string): Promise<void> {
  const run = await start();
  const own = connection.as(run.token);
  const step = wholeSteps({ runs: own.transport, artifacts: own.transport }, run, prefix);
  for (let at = 0; at < steps; at++) await step();
  await own.client(ReportService).endRun({ run: run.id, ended: { status: Status.COMPLETED } });
}
