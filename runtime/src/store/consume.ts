import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import type { Wakeups } from "../cache/wakeups.ts";
import { createTable } from "./create-table.ts";
import type { Database } from "./database.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { restAfter } from "./rest.ts";
import { waiter } from "./waiter.ts";

/** A row of `<service>_cursor`: how far the service has read another's log. */
export interface CursorTable {
  readonly name: string;
  readonly sequence: number;
}

export interface ConsumeOptions<Tables, Event> {
  readonly database: Database<Tables>;
  /** The service that reads; its table is `<service>_cursor`. */
  readonly service: string;
  /** The cursor's name: one for each log and purpose. */
  readonly name: string;
  readonly pull: (
    after: number,
    limit: number,
    signal?: AbortSignal,
  ) => Promise<{ readonly events: readonly Event[]; readonly upto: number; readonly resync: boolean }>;
  /** Applies events, in the transaction that moves the cursor past them. It may run again for the same events, so it must be repeatable. */
  readonly handle: (trx: Transaction<Tables>, events: readonly Event[]) => Promise<void>;
  /** Brings the projection to the present state from its source, because the log does not reach back far enough. */
  readonly resync: () => Promise<void>;
  readonly wakeups: Wakeups;
  /** The topic that says that there is more to pull. */
  readonly topic: string;
  readonly signal: AbortSignal;
  readonly limit?: number;
  /** How long the log stays unread, at most, when a wake-up is lost. 2 s unless told. */
  readonly idleMs?: number;
  /** How long it rests at least after a pull while the log grows; longer where the pull took long. 25 ms unless told. */
  readonly gatherMs?: number;
  readonly onError?: (error: unknown) => void;
}

/** The table of cursors, for the service's migration. */
export async function createCursorTable(db: Kysely<unknown>, { types }: Dialect, service: string): Promise<void> {
  await createTable(db, `${service}_cursor`, { name: types.name, sequence: types.int }, ["name"]);
}

/**
 * Follows a log: pulls what comes after the cursor, applies it and moves the cursor, in
 * one transaction. Any number of replicas may follow with the same cursor; for each
 * stretch of the log one of them wins. Resolves when the signal has stopped it.
 */
export async function consume<Tables, Event>(options: ConsumeOptions<Tables, Event>): Promise<void> {
  const { wakeups, topic, signal, idleMs = 2000, gatherMs = 25, onError } = options;
  const more = waiter((wake) => wakeups.subscribe(topic, wake));
  try {
    while (!signal.aborted) {
      const began = performance.now();
      const moved = await consumeOnce(options).catch((error: unknown) => {
        if (!signal.aborted) onError?.(error);
        return false;
      });
      if (moved) await sleep(restAfter(performance.now() - began, gatherMs), undefined, { signal }).catch(() => {});
      else await more.wait(idleMs * (0.9 + 0.2 * Math.random()), signal);
    }
  } finally {
    more.close();
  }
}

/** One pull; whether the cursor moved. */
export async function consumeOnce<Tables, Event>({
  database,
  service,
  name,
  pull,
  handle,
  resync,
  signal,
  limit = 500,
}: ConsumeOptions<Tables, Event>): Promise<boolean> {
  const table = `${service}_cursor`;
  const cursors = (db: Kysely<Tables>) => db as unknown as Kysely<Record<string, CursorTable>>;
  const after = await cursorOf(cursors(database.db), database.dialect, table, name);
  const { events, upto, resync: begin } = await pull(after, limit, signal);
  if (begin) await resync();
  else if (upto === after) return false;
  return database.transact(async (trx) => {
    // First, so that of two replicas one waits here and then finds the cursor moved.
    const { numUpdatedRows } = await cursors(trx)
      .updateTable(table)
      .set({ sequence: upto })
      .where("name", "=", name)
      .where("sequence", "=", after)
      .executeTakeFirst();
    if (numUpdatedRows > 0n && events.length > 0) await handle(trx, events);
    return true;
  });
}

async function cursorOf(db: Kysely<Record<string, CursorTable>>, dialect: Dialect, table: string, name: string): Promise<number> {
  const read = () => db.selectFrom(table).select("sequence").where("name", "=", name).executeTakeFirst();
  const found = await read();
  if (found) return found.sequence;
  await dialect.onConflict(db.insertInto(table).values({ name, sequence: 0 }), ["name"], []).execute();
  return (await read())?.sequence ?? 0;
}
