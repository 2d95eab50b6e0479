import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult, Transaction } from "kysely";
import type { Dialect } from "./dialect/dialect.ts";

/** The rows of an answer, with columns as the statement calls them. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/** Looks at how many rows the first statements wrote together, and may throw: then that is what all fails with. */
export interface Check {
  readonly statements: number;
  readonly rows: (count: number) => void;
}

/**
 * Sends the statements of a transaction in order; where the engine lets it, without waiting for the answer to each. Resolves with
 * the rows of each; fails with what the first that failed failed with, or with what the check does, whatever became of those behind.
 */
export async function sendAll<Tables>(
  trx: Transaction<Tables> | Kysely<Tables>,
  { pipelines }: Pick<Dialect, "pipelines">,
  queries: readonly CompiledQuery[],
  check?: Check,
): Promise<Rows[]> {
  if (queries.length === 0) return [];
  const send = pipelines && queries.length > 1 ? atOnce : oneByOne;
  return trx.getExecutor().provideConnection((connection) => send(connection, queries, check));
}

type Send = (connection: DatabaseConnection, queries: readonly CompiledQuery[], check: Check | undefined) => Promise<Rows[]>;

const atOnce: Send = async (connection, queries, check) => {
  const results = await Promise.allSettled(queries.map((query) => connection.executeQuery(query)));
  const checked = results.slice(0, check?.statements ?? 0);
  if (checked.every((result) => result.status === "fulfilled")) check?.rows(written(checked.map(({ value }) => value)));
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.rows as Rows;
  });
};

const oneByOne: Send = async (connection, queries, check) => {
  const results: QueryResult<unknown>[] = [];
  for (const query of queries) {
    results.push(await connection.executeQuery(query));
    if (results.length === check?.statements) check.rows(written(results));
  }
  return results.map(({ rows }) => rows as Rows);
};

const written = (results: readonly QueryResult<unknown>[]) =>
  results.reduce((sum, { numAffectedRows = 0n }) => sum + Number(numAffectedRows), 0);
