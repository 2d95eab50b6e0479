import type { RunsTables } from "@signalbox/runs/tables.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { oneProcess } from "../place.ts";
import { type Contender, race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { historyIn } from "../workload/history.ts";
import { manyLoggedRuns, referred } from "../workload/logged.ts";
import { type Pages, pagesOf } from "../workload/pages.ts";
import { bringPipeline } from "../workload/pipeline.ts";

const few = 10_000;
const many = 1_000_000;
const pageSize = 50;
const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", mysql: "MariaDB", sqlite: "SQLite" };

/** What a list is asked for: few of a million runs fulfil it, at most 200, or one in a hundred and more. */
const filters = [
  ["a status and a time, many", "status = FAILED AND create_time > 2000-01-01"],
  ["the text of a fact, one", "metadata.commit = commit-777"],
  ["the number of a fact, few", "metadata.accuracy > 0.9999"],
  ["the number of a fact, many", "metadata.accuracy > 0.6"],
  ["the number of a fact, one in a hundred", "metadata.accuracy > 0.99"],
  ["the last value of a metric, few", "metrics.loss < 0.0001"],
  ["the last value of a metric, many", "metrics.loss < 0.4"],
  ["an artifact, few", `artifact:${referred("version", "rare")}`],
  ["an artifact, many", `artifact:${referred("version", "common")}`],
  ["the name of the pipeline, few", "pipeline.name = rare"],
  ["an owner, few", `owner = ${referred("owner", "rare")}`],
  ["an owner, many", `owner = ${referred("owner", "common")}`],
  ["in progress, few", "in_progress = true"],
  ["how the name begins, few", "name = run-9999*"],
  ["two that have an index each, few", "metadata.accuracy > 0.999 AND status = FAILED"],
  ["two that have an index each, many", "metadata.batch = 3 AND status = FAILED"],
] as const;

const filtersOn = (dialect: DialectName): Benchmark => ({
  about: `First pages of ${pageSize} by typical filters, of ${count(many)} runs with three facts each, on ${names[dialect]}; the floor asks the same of ${count(few)}`,
  measure: (stage) => on(stage, dialect),
});

export const filtersOnPostgres: Benchmark = filtersOn("postgres");
export const filtersOnMariadb: Benchmark = filtersOn("mysql");
export const filtersOnSqlite: Benchmark = filtersOn("sqlite");

function count(runs: number): string {
  return runs.toLocaleString("en");
}

async function on(stage: Stage, dialect: DialectName): Promise<readonly Section[]> {
  const [small, large] = [await pagesOfRuns(stage, dialect, few), await pagesOfRuns(stage, dialect, many)];
  const contenders: Contender[] = [];
  for (const [name, filter] of filters) {
    for (const [runs, pages] of [
      [few, small],
      [many, large],
    ] as const) {
      const { runs: found } = await pages(filter, "", pageSize);
      if (found.length === 0 && runs === many) throw new Error(`nothing is found by ${filter}`);
      contenders.push({ name: `${name}, of ${count(runs)}`, atOnce: 1, work: () => pages(filter, "", pageSize) });
    }
  }
  const lines = await race(contenders, { roundMs: 300, warmUpMs: 150 });
  const rate = (name: string, runs: number) => lines.find((line) => line.name === `${name}, of ${count(runs)}`)?.perSecond ?? Number.NaN;
  const ratios = filters.map(([name, filter]) => ({
    name: `${name}: ${filter}`,
    value: rate(name, few) / rate(name, many),
    unit: "",
    reach: { atMost: 2 },
  }));
  const conditions = `${names[dialect]}; runs made inside the engine; one page at a time; what ListRuns does behind its layers`;
  const plain = lines.map((line) => ({ name: line.name, value: line.p50Ms, unit: "ms" }));
  return [
    { kind: "figures", title: `${names[dialect]}, a page`, conditions, lines: plain },
    {
      kind: "figures",
      title: `${names[dialect]}, ${count(many)} runs in times of ${count(few)}`,
      conditions: "from the rates of the same run",
      lines: ratios,
    },
  ];
}

async function pagesOfRuns(stage: Stage, dialect: DialectName, runs: number): Promise<Pages> {
  const place = await oneProcess(stage, dialect);
  const pipeline = await bringPipeline(stage, place);
  const url = place.environment.SIGNALBOX_DATABASE_URL ?? `sqlite://${place.folder}/runs.db`;
  const history = historyIn(url);
  await manyLoggedRuns(history, pipeline, runs);
  await history.close();
  const database = stage.own(openDatabase<RunsTables>(url), (each) => each.close());
  return pagesOf(database, { rare: [referred("pipeline", "rare")] });
}
