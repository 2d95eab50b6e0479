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
    async () => {
      let own: Trx | undefined;
      const result = await db.transaction().execute((trx) => {
        own = trx;
        return work(trx);
      });
      for (const hear of own ? (hearing.get(own) ?? []) : []) hear();
      return result;
    },
    (error) => dialect.explain(error)?.kind === "retry",
  );
}

// biome-ignore lint/suspicious/noExplicitAny: any transaction of any service
type Trx = Kysely<any>;

const hearing = new WeakMap<Trx, Set<() => void>>();

/** Has `hear`, which must not throw, called once when the transaction is committed, however often it was asked for. */
export function onCommit(trx: Trx, hear: () => void): void {
  const others = hearing.get(trx);
  if (others) others.add(hear);
  else hearing.set(trx, new Set([hear]));
}
