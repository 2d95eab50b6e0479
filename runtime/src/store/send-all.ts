import type { CompiledQuery, Kysely, Transaction } from "kysely";

/**
 * Sends statements of a transaction in order without waiting for the answer to each (where the engine's driver can; elsewhere
 * one after another), and answers with how many rows each wrote. All have run when it settles. Fails with what the
 * first that failed failed with, unless `check` throws something else when it is shown the number of the first one's rows.
 */
export async function sendAll<Tables>(
  trx: Transaction<Tables> | Kysely<Tables>,
  queries: readonly CompiledQuery[],
  check?: (rows: bigint) => void,
): Promise<void> {
  if (queries.length === 0) return;
  const results = await trx
    .getExecutor()
    .provideConnection((connection) => Promise.allSettled(queries.map((query) => connection.executeQuery(query))));
  const [first] = results;
  if (check && first?.status === "fulfilled") check(first.value.numAffectedRows ?? 0n);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
