import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { newId } from "../../src/ids.ts";
import { addColumns, createTable, none } from "../../src/store/create-table.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { type Migration, migrate } from "../../src/store/migrate.ts";
import { dialects, type FreshDatabase, freshDatabase } from "../../src/testing/databases.ts";
import { migrations } from "./things.ts";

const worker = new URL("./migrate-worker.ts", import.meta.url).pathname;

describe.each(dialects)("migrate on %s", (name) => {
  let where: FreshDatabase;
  const opened: Database<never>[] = [];
  const open = () => {
    const database = openDatabase<never>(where.url, { poolSize: 2 });
    opened.push(database);
    return database;
  };
  const applied = async () =>
    (
      await (opened[0] as unknown as Database<{ test_migration: { name: string } }>).db
        .selectFrom("test_migration")
        .select("name")
        .orderBy("name")
        .execute()
    ).map(({ name }) => name);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    await where.drop();
  });

  test("makes the tables once, however often it runs", async () => {
    where = await freshDatabase(name);
    await migrate(open(), "test", migrations);
    await migrate(open(), "test", migrations);
    expect(await applied()).toEqual(Object.keys(migrations));
  });

  test("is safe for many connections and processes at once", { timeout: 60_000 }, async () => {
    where = await freshDatabase(name);
    const here = Array.from({ length: 6 }, () => migrate(open(), "test", migrations));
    const elsewhere = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, [worker, where.url]));
    await Promise.all([...here, ...elsewhere]);
    expect(await applied()).toEqual(Object.keys(migrations));
  });

  test("goes on after a migration that failed half-way", async () => {
    where = await freshDatabase(name);
    let broken = true;
    const half: Migration = ({ types }) => ({
      async up(db) {
        await db.schema.createTable("test_half").addColumn("id", types.id).addColumn("n", types.int).execute();
        await db.schema.createIndex("test_half_n").on("test_half").column("n").execute();
        if (broken) throw new Error("power cut");
        await db.schema.alterTable("test_half").addColumn("m", types.int).execute();
      },
    });
    await expect(migrate(open(), "test", { "0001-half": half })).rejects.toThrow("power cut");
    broken = false;
    await migrate(open(), "test", { "0001-half": half });
    expect(await applied()).toEqual(["0001-half"]);
  });

  test("gives a table columns that a program which does not know them goes on to insert without", async () => {
    where = await freshDatabase(name);
    const first: Migration = ({ types }) => ({ up: (db) => createTable(db, "test_old", { id: types.id }, ["id"]) });
    const columns = Object.fromEntries(Object.keys(none).map((type) => [`a_${type}`, type as keyof typeof none]));
    const second: Migration = (dialect) => ({
      up: (db) => addColumns(db, dialect, "test_old", { ...columns, revision: ["int", 1], kept: ["document", "{}"] }, { maybe: "float" }),
    });
    await migrate(open(), "test", { "0001-first": first });
    const { db } = opened[0] as unknown as Database<{ test_old: Record<string, unknown> }>;
    await db.insertInto("test_old").values({ id: newId() }).execute();
    await migrate(open(), "test", { "0001-first": first, "0002-second": second });
    await db.insertInto("test_old").values({ id: newId() }).execute();
    const rows = await db.selectFrom("test_old").selectAll().execute();
    const given = Object.fromEntries(Object.entries(none).map(([type, value]) => [`a${type[0]?.toUpperCase()}${type.slice(1)}`, value]));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row).toEqual({ id: expect.anything(), ...given, revision: 1, kept: "{}", maybe: null });
  });

  test("refuses a database with a migration that it does not know, by its name", async () => {
    where = await freshDatabase(name);
    await migrate(open(), "test", migrations);
    await expect(migrate(open(), "test", { "0001-things": migrations["0001-things"] })).rejects.toThrow("0002-every");
  });
});
