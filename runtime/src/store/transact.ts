import type { Kysely, Transaction } from "kysely";
import type { Dialect } from "./dialect/dialect.ts";
import { retrying } from "./retry.ts";

/**
 * Runs `work` in a transaction at READ COMMITTED (SQLite: serialized). After a
 * deadlock or a lock timeout it is run again, so it must do nothing but talk to the
 * database, and only through `trx`. Fails with UNAVAILABLE when the database is lost;
 * whether the work was committed is then unknown.
 */
export function transact<Tables, R>(db: Kysely<Tables>, dialect: Dialect, work: (trx: Transaction<Tables>) => Promise<R>): Promise<R> {
  return retrying(
    () => db.transaction().execute(work),
    (error) => dialect.explain(error)?.kind === "retry",
  );
}
