import { setTimeout as sleep } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { type Id, newId, noId } from "../ids.ts";
import type { Database } from "./database.ts";
import type { Dialect } from "./dialect/dialect.ts";

/** A row of `<service>_lease`: who may do a work that only one may do, and until when by the database's clock. */
export interface LeaseTable {
  readonly name: string;
  readonly holder: Id;
  readonly expiresTime: number;
}

/** A right that at most one holder has at a time, kept as a row: it survives connection poolers and clusters, which locks do not. */
export interface Lease {
  readonly name: string;
  /** The same lease, asked within a transaction: once renewed there, it cannot pass to another before that ends. */
  // biome-ignore lint/suspicious/noExplicitAny: any transaction of the service
  within(trx: Kysely<any>): Lease;
  /** Takes the lease if it is free, expired or already ours. Tells whether it is ours now. */
  acquire(ttlMs: number): Promise<boolean>;
  /** Prolongs it. False if it was lost. */
  renew(ttlMs: number): Promise<boolean>;
  /** Gives it back at once, if it is still ours. */
  release(): Promise<void>;
}

/** The table of leases of a service; the first table that {@link migrate} makes. */
export async function createLeaseTable(db: Kysely<unknown>, { types }: Dialect, service: string): Promise<void> {
  await db.schema
    .createTable(`${service}_lease`)
    .ifNotExists()
    .addColumn("name", types.name, (column) => column.primaryKey())
    .addColumn("holder", types.id, (column) => column.notNull())
    .addColumn("expires_time", types.time, (column) => column.notNull())
    .execute();
}

/** The lease of one name. Every call makes a new holder. */
export function lease(database: Pick<Database<never>, "db" | "dialect">, service: string, name: string, holder: Id = newId()): Lease {
  const db = database.db as unknown as Kysely<Record<string, LeaseTable>>;
  const { dialect } = database;
  const table = `${service}_lease`;
  const until = (ttlMs: number) => sql<number>`${dialect.now()} + ${sql.lit(Math.round(ttlMs * 1000))}`;

  async function take(ttlMs: number): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable(table)
      .set({ holder, expiresTime: until(ttlMs) })
      .where("name", "=", name)
      .where((row) => row.or([row("expiresTime", "<=", dialect.now()), row("holder", "=", holder)]))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    name,
    within: (trx) => lease({ db: trx as never, dialect }, service, name, holder),
    async acquire(ttlMs) {
      if (await take(ttlMs)) return true;
      if (await db.selectFrom(table).select("name").where("name", "=", name).executeTakeFirst()) return false;
      await dialect.onConflict(db.insertInto(table).values({ name, holder: noId, expiresTime: 0 }), ["name"], []).execute();
      return take(ttlMs);
    },
    async renew(ttlMs) {
      const { numUpdatedRows } = await db
        .updateTable(table)
        .set({ expiresTime: until(ttlMs) })
        .where("name", "=", name)
        .where("holder", "=", holder)
        .where("expiresTime", ">", dialect.now())
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async release() {
      await db.updateTable(table).set({ holder: noId, expiresTime: 0 }).where("name", "=", name).where("holder", "=", holder).execute();
    },
  };
}

/**
 * Runs `work` while the lease is held, renewing it three times per `ttlMs`. The signal
 * aborts when the lease is lost, or could not be renewed in time.
 * Gives back the lease and rethrows what `work` throws.
 */
export async function whileHeld<R>(held: Lease, ttlMs: number, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = renewUntil(held, ttlMs, lost, done.signal);
  try {
    return await work(lost.signal);
  } finally {
    done.abort();
    await renewing;
    await held.release().catch(() => {}); // It expires by itself.
  }
}

async function renewUntil(held: Lease, ttlMs: number, lost: AbortController, done: AbortSignal): Promise<void> {
  let heldSince = performance.now();
  while (!done.aborted && !lost.signal.aborted) {
    await sleep(ttlMs / 3, undefined, { signal: done }).catch(() => {});
    if (done.aborted) return;
    const asked = performance.now();
    const answer = await Promise.race([
      held.renew(ttlMs).catch(() => undefined),
      sleep(heldSince + ttlMs - asked, undefined, { signal: done }).catch(() => undefined),
    ]);
    if (answer === true) heldSince = asked;
    if (answer === false || performance.now() - heldSince >= ttlMs) lost.abort();
  }
}
