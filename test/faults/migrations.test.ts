import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import { type Migration, migrate } from "@signalbox/runtime/store/migrate.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { startLoad } from "../src/load/load.ts";
import { expectOnlyDelay, progress } from "../src/load/outcome.ts";
import { expectCounted } from "../src/load/recount.ts";
import { expectAcknowledged } from "../src/load/verify.ts";
import { needsEngine } from "../src/needs.ts";
import { startPlaneApart } from "../src/plane-apart.ts";
import { rounds } from "../src/rounds.ts";

const delayMs = 30_000;

/** The tables that a load writes most, each widened as a next release would do it: a column that old programs need not know, and an index. */
const widened = ["runs_run", "runs_step", "runs_event", "artifacts_version", "registry_audit_event"] as const;

const widening = (table: string, number: number): Migration => {
  // By letters: a number in a column's name is lost on its way to the program and back.
  const column = `later_${String.fromCharCode("a".charCodeAt(0) + number)}`;
  return ({ types }) => ({
    async up(db) {
      await db.schema
        .alterTable(table)
        .addColumn(column, types.int, (definition) => definition.notNull().defaultTo(0))
        .execute();
      await db.schema.createIndex(`${table}_${column}`).on(table).columns(["workspace_id", column]).execute();
    },
  });
};

for (const dialect of ["postgres", "mysql"] as const)
  needsEngine(dialect)(`on ${dialect}`, () => {
    test("tables are widened under load, by two programs at once: clients see a delay, and nothing is lost", async () => {
      const fresh = await freshDatabase(dialect);
      const plane = await startPlaneApart({ SIGNALBOX_DATABASE_URL: fresh.url });
      const load = await startLoad(plane);
      try {
        await progress(load.ledger, delayMs);
        const migrations: Record<string, Migration> = {};
        for (let number = 0; number < rounds(1, 20); number++) {
          for (const [at, table] of widened.entries())
            migrations[`${String(number).padStart(2, "0")}${at}-${table}`] = widening(table, number);
          await Promise.all([migrateApart(fresh.url, migrations), migrateApart(fresh.url, migrations)]);
          await progress(load.ledger, delayMs);
        }
        expect(await appliedIn(fresh.url)).toEqual(Object.keys(migrations).sort());
        await load.end();
        expectOnlyDelay(load.ledger, delayMs);
        await expectAcknowledged(plane, load);
        await expectCounted(() => fresh.url, load.ledger);
      } finally {
        await load.end();
        await plane.close();
        await fresh.drop();
      }
    });
  });

/** Brings a database up to date as a program of its own does: over connections of its own. */
async function migrateApart(url: string, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const database: Database<never> = opened.adopt(openDatabase<never>(url, { poolSize: 2 }), (each) => each.close());
  await migrate(database, "later", migrations);
}

async function appliedIn(url: string): Promise<readonly string[]> {
  const { db, close } = openDatabase(url, { poolSize: 1 });
  try {
    return (await sql<{ name: string }>`select name from later_migration order by name`.execute(db)).rows.map(({ name }) => name);
  } finally {
    await close();
  }
}
