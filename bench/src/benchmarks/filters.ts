import type { RunsTables } from "@signalbox/runs/tables.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { oneProcess } from "../place.ts";
import { type Contender, race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { historyIn } from "../workload/history.ts";
import { found, manyLoggedRuns, referred, wordOf } from "../workload/logged.ts";
import { type Pages, pagesOf } from "../workload/pages.ts";
import { bringPipeline } from "../workload/pipeline.ts";

const few = 10_000;
const many = 1_000_000;
const pageSize = 50;
const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", mysql: "MariaDB", sqlite: "SQLite" };

/**
 * What a list of so many runs is asked for. Few fulfil the first, the same number of any list, so that the page is as full; a
 * share of the list, one in a hundred and more, fulfils the others.
 */
const filters: readonly (readonly [name: string, filter: (runs: number) => string])[] = [
  ["a fact's text, one", () => "metadata.commit = commit-777"],
  ["a fact's number, few", (runs) => `metadata.accuracy > ${1 - found / runs}`],
  ["a metric's last value, few", (runs) => `metrics.loss < ${found / runs}`],
  ["an artifact, few", () => `artifact:${referred("version", "rare")}`],
  ["a tag, few", () => 'tags:"the rare"'],
  ["a word in the name, few", () => `name:${wordOf("rare")}`],
  ["how the name begins, few", (runs) => `name = run-1${"234".slice(0, Math.log10(runs / found) - 1)}*`],
  ["the name of the pipeline, few", () => "pipeline.name = rare"],
  ["the name of the model, few", () => "model = rare"],
  ["an owner, few", () => `owner = ${referred("owner", "rare")}`],
  ["in progress, few", () => "in_progress = true"],
  ["a fact and a status, few", (runs) => `metadata.accuracy > ${1 - (3 * found) / runs} AND status = FAILED`],
  ["a status and a time, many", () => "status = FAILED AND create_time > 2000-01-01"],
  ["a fact's number, one in a hundred", () => "metadata.accuracy > 0.99"],
  ["a fact's number, many", () => "metadata.accuracy > 0.6"],
  ["a metric's last value, many", () => "metrics.loss < 0.4"],
  ["an artifact, many", () => `artifact:${referred("version", "common")}`],
  ["a tag, many", () => 'tags:"the common"'],
  ["a word in the name, many", () => `name:${wordOf("common")}`],
  ["the name of the model, many", () => "model = common"],
  ["an owner, many", () => `owner = ${referred("owner", "common")}`],
  ["a fact and a status, many", () => "metadata.batch = 3 AND status = FAILED"],
];

const bound =
  "where one in a hundred fulfils a condition on values: an index has those in the order of the values, and a page shows the newest. So some 5,000 runs are asked one by one, and the floor reads the hundred that there are";

const filtersOn = (dialect: DialectName): Benchmark => ({
  about: `First pages of ${pageSize} by typical filters, of ${count(many)} runs with three facts each, on ${names[dialect]}; the floor asks the same of ${count(few)}`,
  bound,
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
  for (const [name, filterOf] of filters) {
    for (const [runs, pages] of [
      [few, small],
      [many, large],
    ] as const) {
      const filter = filterOf(runs);
      const page = await pages(filter, "", pageSize);
      if (page.runs.length === 0) throw new Error(`nothing is found by ${filter}`);
      contenders.push({ name: `${name}, of ${count(runs)}`, atOnce: 1, work: () => pages(filter, "", pageSize) });
    }
  }
  const lines = await race(contenders, { roundMs: 300, warmUpMs: 150 });
  const rate = (name: string, runs: number) => lines.find((line) => line.name === `${name}, of ${count(runs)}`)?.perSecond ?? Number.NaN;
  const ratios = filters.map(([name, filterOf]) => ({
    name: `${name}: ${filterOf(many)}`,
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
  const ids = (kind: "pipeline" | "model") => ({ rare: [referred(kind, "rare")], common: [referred(kind, "common")] });
  return pagesOf(database, { pipelines: ids("pipeline"), models: ids("model") });
}
