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
import { historyIn, manyRuns, pipelineOf } from "../workload/history.ts";
import { type Pages, pagesOf } from "../workload/pages.ts";
import { bringPipeline } from "../workload/pipeline.ts";

const count = 1_000_000;
const pageSize = 50;
const workspaceId = toId(workspace);
const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", mysql: "MariaDB", sqlite: "SQLite" };

/** What is listed, and which page of it is a deep one: the last but some, where there are no 10,000. */
const lists = [
  { name: "newest first", filter: "", deep: 10_000 },
  { name: "of a status", filter: "status = COMPLETED", deep: 2_000 },
  { name: "of a pipeline", filter: `pipeline = ${pipelineOf(7)}`, deep: 350 },
] as const;

/** Pages of a million runs. */
const listOn = (dialect: DialectName): Benchmark => ({
  about: `Pages of ${pageSize} of a million runs on ${names[dialect]}; the floor reads ${pageSize} rows by primary key through the same pool`,
  measure: (stage) => on(stage, dialect),
});

export const list: Benchmark = listOn("postgres");
export const listOnMariadb: Benchmark = listOn("mysql");
export const listOnSqlite: Benchmark = listOn("sqlite");

async function on(stage: Stage, dialect: DialectName): Promise<readonly Section[]> {
  const place = await oneProcess(stage, dialect);
  const { connection, start } = await bringPipeline(stage, place);
  const url = place.environment.SIGNALBOX_DATABASE_URL ?? `sqlite://${place.folder}/runs.db`;
  const history = historyIn(url);
  await manyRuns(history, (await start()).id, count);
  await history.close();

  const database = stage.own(openDatabase<RunsTables>(url), (each) => each.close());
  const pages = pagesOf(database);
  const first = await pages("", "", pageSize);
  const ids = Array.from({ length: pageSize }, (_, i) =>
    toId(`00000000-0000-0000-0000-${((i + 1) * 19_997).toString(16).padStart(12, "0")}`),
  );
  const floor = () => database.db.selectFrom("runsRun").selectAll().where("workspaceId", "=", workspaceId).where("id", "in", ids).execute();
  if ((await floor()).length !== pageSize || first.runs.length !== pageSize)
    throw new Error("there are not as many runs as there should be");

  const contenders = [{ name: `floor: ${pageSize} rows by primary key`, atOnce: 1, work: floor }];
  for (const { name, filter, deep } of lists) {
    const before = await tokenBefore(pages, filter, deep);
    contenders.push({ name: `${name}, page 1`, atOnce: 1, work: (() => pages(filter, "", pageSize)) as never });
    contenders.push({
      name: `${name}, page ${deep.toLocaleString("en")}`,
      atOnce: 1,
      work: (() => pages(filter, before, pageSize)) as never,
    });
  }
  const client = connection.client(RunService);
  contenders.push({
    name: "newest first, page 1, over HTTP through the edge",
    atOnce: 1,
    work: (() => client.listRuns({ pageSize })) as never,
  });
  const lines = await race(contenders, { roundMs: 400, warmUpMs: 200 });
  const conditions = `${names[dialect]}; ${count.toLocaleString("en")} runs made inside the engine; one at a time; what ListRuns does behind its layers, in the process of the clients`;
  const rate = (name: string) => lines.find((line) => line.name === name)?.perSecond ?? Number.NaN;
  const ratios = lists.flatMap(({ name, deep }) => [
    {
      name: `${name}, page 1, of the floor's time`,
      value: 1 / (lines.find((line) => line.name === `${name}, page 1`)?.ratio ?? Number.NaN),
      unit: "",
      reach: { atMost: 5 },
    },
    {
      name: `${name}, page ${deep.toLocaleString("en")}, of page 1's time`,
      value: rate(`${name}, page 1`) / rate(`${name}, page ${deep.toLocaleString("en")}`),
      unit: "",
      reach: { atMost: 1.2 },
    },
  ]);
  return [
    { kind: "race", title: names[dialect], conditions, unit: "page", lines },
    { kind: "figures", title: `${names[dialect]}, in times`, conditions: "from the rates above", lines: ratios },
  ];
}

/** The token of a page, got by large steps. */
async function tokenBefore(pages: Pages, filter: string, page: number): Promise<string> {
  let token = "";
  for (let left = (page - 1) * pageSize; left > 0; left -= 1_000) token = (await pages(filter, token, Math.min(1_000, left))).nextPageToken;
  if (token === "") throw new Error(`"${filter}" has no page ${page}`);
  return token;
}
