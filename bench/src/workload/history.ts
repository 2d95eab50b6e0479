import { toId } from "@signalbox/runtime/ids.ts";
import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import { type RawBuilder, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: tables of a service that is measured, by name
type Tables = Record<string, any>;

/** The database of a place, for making a history in it that was never lived. */
export const historyIn = (url: string): Database<Tables> => openDatabase<Tables>(url, { poolSize: 1 });

const idsOfPipelines = 10 ** 12;

/** Makes `count` runs like one that there is: a millisecond apart, over 50 pipelines and all statuses. */
export async function manyRuns(database: Database<Tables>, run: string, count: number): Promise<void> {
  const row = await rowOf(database, "runs_run", run);
  await multiply(database as never, "runs_run", row, { count }, (make, n) => ({
    id: make.id(n),
    name: make.text("run-", n),
    claimKey: make.hash(n),
    index: sql`1 + ${n}`,
    status: sql`1 + ${n} % 9`,
    pipelineId: make.id(sql`${n} % 50`, idsOfPipelines),
    startTime: n,
    endTime: n,
    createTime: sql`${sql.lit(Number(row.createTime) - count * 1_000)} + ${n} * 1000`,
  }));
  await analyze(database, "runs_run");
}

/** The pipeline of the n-th of those runs. */
export const pipelineOf = (n: number): string => {
  const hex = ((n % 50) + idsOfPipelines).toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

const stepsOfRun = 100;

/** Makes steps like one that there is, with what it produced and its metadata, a hundred to a run; from the `from`-th on. */
export async function manySteps(
  database: Database<Tables>,
  step: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<void> {
  const row = await rowOf(database, "runs_step", step);
  await multiply(database as never, "runs_step", row, { from, count }, (make, n) => ({
    runId: make.id(make.quotient(n, stepsOfRun), idsOfPipelines),
    id: make.id(n),
    position: sql`1 + ${n} % ${sql.lit(stepsOfRun)}`,
    name: make.text("step-", sql`${n} % ${sql.lit(stepsOfRun)}`),
    revision: sql`1 + ${n} % ${sql.lit(stepsOfRun)}`,
    cacheKey: make.text("key-", n),
    endTime: n,
    createTime: n,
  }));
}

export async function analyze({ db, dialect }: Database<Tables>, table: string): Promise<void> {
  const text: Readonly<Record<DialectName, string>> = { postgres: `analyze ${table}`, mysql: `analyze table ${table}`, sqlite: "analyze" };
  await sql.raw(text[dialect.name]).execute(db);
}

export async function rowOf(
  { db }: Database<Tables>,
  table: string,
  id: string,
): Promise<Record<string, RawBuilder<unknown> | unknown> & { readonly id: never }> {
  return (await db.selectFrom(table).selectAll().where("id", "=", toId(id)).executeTakeFirstOrThrow()) as never;
}
