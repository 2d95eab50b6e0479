import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Wakeups } from "../cache/wakeups.ts";
import type { Database } from "./database.ts";
import { whileLeader } from "./leader.ts";
import { type Lease, lease } from "./lease.ts";
import type { Outbox, OutboxTable } from "./outbox.ts";
import { restAfter } from "./rest.ts";
import { sendAll } from "./send-all.ts";
import { waiter } from "./waiter.ts";

export interface RelayOptions {
  readonly database: Pick<Database<never>, "db" | "dialect" | "transact">;
  readonly outbox: Outbox;
  readonly wakeups: Wakeups;
  readonly signal: AbortSignal;
  /** How long events wait for numbers, at most, when a wake-up is lost. 500 ms unless told. */
  readonly idleMs?: number;
  readonly ttlMs?: number;
  readonly onError?: (error: unknown) => void;
}

const batch = 500;
/** Numbers are given so far apart at least, so that under load many events share them; further where giving them takes long. */
const gatherMs = 25;

/**
 * Gives committed events their numbers, for as long as the signal lets it. Every replica
 * runs one; a lease lets one of them work. Resolves when it has stopped.
 */
export async function relay({ database, outbox, wakeups, signal, idleMs = 500, ttlMs = 5000, onError }: RelayOptions): Promise<void> {
  const held = lease(database, outbox.service, "relay");
  const written = waiter((wake) => wakeups.subscribe(outbox.topics.written, wake));
  try {
    await whileLeader(held, {
      ttlMs,
      everyMs: idleMs,
      signal,
      ...(onError && { onError }),
      work: async (leading) => {
        while (!leading.aborted) {
          const began = performance.now();
          const numbered = await numberBatch(database, outbox.service, held, ttlMs);
          if (numbered > 0) wakeups.notify(outbox.topics.numbered);
          if (numbered === batch) continue;
          const restMs = restAfter(performance.now() - began, gatherMs);
          if (numbered > 0) await sleep(restMs, undefined, { signal: leading }).catch(() => {});
          await written.wait(idleMs, leading);
        }
      },
    });
  } finally {
    written.close();
  }
}

/**
 * Numbers the oldest events without numbers; resolves with how many. The lease is renewed
 * in the same transaction, so its row stays locked until the numbers are committed: a
 * relay that was paused past the end of its lease numbers nothing.
 */
export function numberBatch(database: RelayOptions["database"], service: string, held: Lease, ttlMs: number): Promise<number> {
  const table = `${service}_outbox`;
  const all = database.db as unknown as Kysely<Record<string, OutboxTable>>;
  const unnumbered = (db: typeof all) => db.selectFrom(table).select("id").where("sequence", "=", 0).orderBy("id").limit(batch).execute();

  return (async () => {
    // Who still has the lease afterwards had it all the while, so nobody else numbered these.
    const rows = await unnumbered(all);
    if (rows.length === 0) return 0;
    return database.transact(async (transaction) => {
      const trx = transaction as unknown as typeof all;
      if (!(await held.within(trx).renew(ttlMs))) return 0;
      const newest = await trx.selectFrom(table).select("sequence").orderBy("sequence", "desc").limit(1).executeTakeFirst();
      const first = (newest?.sequence ?? 0) + 1;
      const numbered = rows.map(({ id }, i) => ({ id, sequence: first + i }));
      const statements = database.dialect.bulk.update({ name: table, columns: { id: "id", sequence: "int" } }, numbered, {
        key: ["id"],
        columns: ["sequence"],
      });
      await sendAll(trx, database.dialect, statements);
      return rows.length;
    });
  })();
}
