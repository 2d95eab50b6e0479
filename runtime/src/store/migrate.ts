import { setTimeout as sleep } from "node:timers/promises";
import { Kysely } from "kysely";
import { systemClock } from "../clock.ts";
import { type Database, plugins } from "./database.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { createLeaseTable, lease, whileHeld } from "./lease.ts";
import { retrying } from "./retry.ts";
import { transact } from "./transact.ts";

/** One step of a schema, the same file for every engine. Forward only, and frozen once it is released. */
export type Migration = (dialect: Dialect) => {
  // biome-ignore lint/suspicious/noExplicitAny: a migration runs before and after tables have the types that the program knows
  up(db: Kysely<any>): Promise<void>;
};

interface MigrationTable {
  readonly name: string;
  readonly appliedTime: number;
}

type Tables = Record<string, MigrationTable>;

const leaseMs = 30_000;
const patienceMs = 10 * 60_000;

/**
 * Brings the tables of a service up to date, in order of the migrations' names. Safe
 * for many processes at once, on an empty database too, and after a crash half-way.
 * Refuses a database that has a migration which this program does not know.
 */
export async function migrate<T>(database: Database<T>, service: string, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  const { dialect } = database;
  const db = database.db as unknown as Kysely<Tables>;
  const table = `${service}_migration`;
  const pending = async () =>
    pendingOf(
      service,
      migrations,
      (await db.selectFrom(table).select("name").execute()).map(({ name }) => name),
    );

  await createTables(db, dialect, service);
  const held = lease(database as unknown as Database<never>, service, "migrate");
  for (const deadline = performance.now() + patienceMs; (await pending()).length > 0; ) {
    if (performance.now() > deadline) throw new Error(`another program has been migrating ${service} for ten minutes`);
    if (!(await held.acquire(leaseMs))) {
      await sleep(50 + Math.random() * 100);
      continue;
    }
    await whileHeld(held, leaseMs, async (lost) => {
      for (const name of await pending()) {
        lost.throwIfAborted();
        await apply(db, dialect, table, name, migrations[name] as Migration);
      }
    });
  }
}

async function createTables(db: Kysely<Tables>, dialect: Dialect, service: string): Promise<void> {
  const make = async () => {
    await createLeaseTable(db as unknown as Kysely<unknown>, dialect, service);
    await db.schema
      .createTable(`${service}_migration`)
      .ifNotExists()
      .addColumn("name", dialect.types.name, (column) => column.primaryKey())
      .addColumn("applied_time", dialect.types.time, (column) => column.notNull())
      .execute();
  };
  // Two that make the same table at the same time meet in PostgreSQL's catalogue: one of them hears that a key is taken.
  await retrying(make, (error) => ["taken", "present", "retry"].includes(dialect.explain(error)?.kind ?? ""));
}

function pendingOf(service: string, migrations: Readonly<Record<string, Migration>>, applied: readonly string[]): string[] {
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name)).sort();
  if (unknown.length > 0) {
    throw new Error(
      `the database of ${service} is newer than this program: it has the migration ${unknown.join(", ")}, which this program does not know`,
    );
  }
  const done = new Set(applied);
  return Object.keys(migrations)
    .filter((name) => !done.has(name))
    .sort();
}

async function apply(db: Kysely<Tables>, dialect: Dialect, table: string, name: string, migration: Migration): Promise<void> {
  const row = () => ({ name, appliedTime: systemClock() });
  const { up } = migration(dialect);
  if (dialect.transactionalDdl) {
    await transact(db, dialect, async (trx) => {
      await up(trx);
      await trx.insertInto(table).values(row()).execute();
    });
    return;
  }
  await up(repeatable(db, dialect));
  await dialect.onConflict(db.insertInto(table).values(row()), ["name"], []).execute();
}

/** The same database, where a schema statement whose effect is already there counts as done: a crash half-way leaves such. */
function repeatable(db: Kysely<Tables>, dialect: Dialect): Kysely<unknown> {
  const connection = {
    executeQuery: async (query: Parameters<typeof db.executeQuery>[0]) => {
      try {
        return await db.executeQuery(query);
      } catch (error) {
        if (dialect.explain(error)?.kind === "present") return { rows: [] };
        throw error;
      }
    },
    streamQuery: () => {
      throw new Error("a migration reads in pages");
    },
  };
  const alone = async () => {
    throw new Error("a migration cannot rely on transactions: MySQL commits at every schema statement");
  };
  const driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  return new Kysely({
    dialect: {
      ...dialect.grammar,
      createDriver: () => ({ ...driver, beginTransaction: alone, commitTransaction: alone, rollbackTransaction: alone }) as never,
    },
    plugins: plugins(),
  });
}
