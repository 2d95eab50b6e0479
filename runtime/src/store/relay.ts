import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Wakeups } from "../cache/wakeups.ts";
import { type Compaction, compaction } from "./compaction.ts";
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
  /** Kinds of events of which the latest of a subject stands for all before it; see {@link compaction}. */
  readonly compacted?: readonly string[];
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
export async function relay({
  database,
  outbox,
  wakeups,
  signal,
  compacted = [],
  idleMs = 500,
  ttlMs = 5000,
  onError,
}: RelayOptions): Promise<void> {
  const held = lease(database, outbox.service, "relay");
  const compacting = compaction(compacted);
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
          const numbered = await numberBatch(database, outbox.service, held, ttlMs, compacting);
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
 * Numbers the oldest events without numbers, and drops those that they stand for; resolves with how many had none. The lease
 * is renewed in the same transaction, so its row stays locked until the numbers are committed: a relay that was paused past
 * the end of its lease numbers nothing.
 */
export async function numberBatch(
  database: RelayOptions["database"],
  service: string,
  held: Lease,
  ttlMs: number,
  compacting: Compaction = compaction([]),
): Promise<number> {
  const table = `${service}_outbox`;
  const all = database.db as unknown as Kysely<Record<string, OutboxTable>>;
  const numbers = (db: typeof all, direction: "asc" | "desc") =>
    db.selectFrom(table).select("sequence").where("sequence", ">", 0).orderBy("sequence", direction).limit(1).executeTakeFirst();

  // Who still has the lease afterwards had it all the while, so nobody else numbered these.
  const unnumbered = all.selectFrom(table).select(["id", "workspaceId", "kind", "subject"]).where("sequence", "=", 0);
  const rows = await unnumbered.orderBy("id").limit(batch).execute();
  if (rows.length === 0) return 0;
  const { kept, repeated, superseded, committed } = compacting.of(rows);
  // The oldest stays, whatever stands for it: it tells how far back the log reaches.
  const oldest = superseded.length > 0 ? ((await numbers(all, "asc"))?.sequence ?? -1) : -1;

  const numbered = await database.transact(async (transaction) => {
    const trx = transaction as unknown as typeof all;
    if (!(await held.within(trx).renew(ttlMs))) return false;
    const first = ((await numbers(trx, "desc"))?.sequence ?? 0) + 1;
    const sequenced = kept.map((row, i) => ({ ...row, sequence: first + i }));
    const dropped = [...repeated, ...superseded];
    const drop = trx.deleteFrom(table).where("id", "in", dropped).where("sequence", "!=", oldest);
    await sendAll(trx, database.dialect, [
      ...database.dialect.bulk.update({ name: table, columns: { id: "id", sequence: "int" } }, sequenced, {
        key: ["id"],
        columns: ["sequence"],
      }),
      ...(dropped.length > 0 ? [drop.compile()] : []),
    ]);
    return true;
  });
  if (!numbered) return 0;
  committed();
  return rows.length;
}
