import type { CompiledQuery, DatabaseConnection, Kysely, Transaction } from "kysely";
import type { Dialect } from "./dialect/dialect.ts";

/** The rows of an answer, with columns as the statement calls them. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Sends the statements of a transaction in order; where the engine lets it, without waiting for the answer to each. Resolves with
 * the rows of each; fails with what the first that failed failed with. `check` is shown how many rows the first
 * statement wrote, and may throw: then that is what it fails with, whatever became of the others.
 */
export async function sendAll<Tables>(
  trx: Transaction<Tables> | Kysely<Tables>,
  { pipelines }: Pick<Dialect, "pipelines">,
  queries: readonly CompiledQuery[],
  check: (rows: bigint) => void = () => {},
): Promise<readonly Rows[]> {
  if (queries.length === 0) return [];
  const send = pipelines && queries.length > 1 ? atOnce : oneByOne;
  return trx.getExecutor().provideConnection((connection) => send(connection, queries, check));
}

type Send = (connection: DatabaseConnection, queries: readonly CompiledQuery[], check: (rows: bigint) => void) => Promise<readonly Rows[]>;

const atOnce: Send = async (connection, queries, check) => {
  const results = await Promise.allSettled(queries.map((query) => connection.executeQuery(query)));
  const [first] = results;
  if (first?.status === "fulfilled") check(first.value.numAffectedRows ?? 0n);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.rows as Rows;
  });
};

const oneByOne: Send = async (connection, queries, check) => {
  const answers: Rows[] = [];
  for (const query of queries) {
    const { numAffectedRows, rows } = await connection.executeQuery(query);
    if (answers.length === 0) check(numAffectedRows ?? 0n);
    answers.push(rows as Rows);
  }
  return answers;
};
