import type { CompiledQuery, DatabaseConnection, Kysely, Transaction } from "kysely";
import type { Dialect } from "./dialect/dialect.ts";

/**
 * Sends the statements of a transaction in order; where the engine lets it, without waiting for the answer to each. Fails with what
 * the first that failed failed with. `check` is shown how many rows the first statement wrote, and may
 * throw: then that is what it fails with, whatever became of the others.
 */
export async function sendAll<Tables>(
  trx: Transaction<Tables> | Kysely<Tables>,
  { pipelines }: Pick<Dialect, "pipelines">,
  queries: readonly CompiledQuery[],
  check: (rows: bigint) => void = () => {},
): Promise<void> {
  if (queries.length === 0) return;
  const send = pipelines && queries.length > 1 ? atOnce : oneByOne;
  await trx.getExecutor().provideConnection((connection) => send(connection, queries, check));
}

async function atOnce(connection: DatabaseConnection, queries: readonly CompiledQuery[], check: (rows: bigint) => void): Promise<void> {
  const results = await Promise.allSettled(queries.map((query) => connection.executeQuery(query)));
  const [first] = results;
  if (first?.status === "fulfilled") check(first.value.numAffectedRows ?? 0n);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function oneByOne(connection: DatabaseConnection, queries: readonly CompiledQuery[], check: (rows: bigint) => void): Promise<void> {
  for (const [i, query] of queries.entries()) {
    const { numAffectedRows } = await connection.executeQuery(query);
    if (i === 0) check(numAffectedRows ?? 0n);
  }
}
