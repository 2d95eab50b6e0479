import { randomBytes } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/ids.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { QueryEvent } from "../../src/store/guard.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";
import type { EveryRow, ThingRow } from "./things.ts";

const aThing = (over: Partial<ThingRow> = {}): ThingRow => ({
  id: newId(),
  workspaceId: Buffer.alloc(16, 1),
  projectId: newId(),
  ownerId: newId(),
  name: `thing-${randomBytes(4).toString("hex")}`,
  state: 1,
  size: 0,
  score: 0,
  hidden: 0,
  createTime: 1,
  ...over,
});

describe.each(dialects)("a database on %s", (name) => {
  let it: Fresh;
  beforeAll(async () => {
    it = await fresh(name);
  });
  afterAll(() => it?.close());

  test("gives back every type as it was stored", async () => {
    const row: EveryRow = {
      id: newId(),
      name: "Zürich \u{1f427}",
      text: "x".repeat(100_000),
      document: '{"b":1,"a":9007199254740993}',
      bytes: randomBytes(300),
      hash: randomBytes(32),
      time: 1_790_000_000_123_456,
      int: Number.MAX_SAFE_INTEGER,
      float: 0.1,
      flag: 1,
      enum: 32_000,
    };
    await it.database.db.insertInto("test_every").values(row).execute();
    const found = await it.database.db.selectFrom("test_every").selectAll().where("id", "=", row.id).executeTakeFirstOrThrow();
    expect(found).toEqual(row);
    expect(Buffer.isBuffer(found.id) && Buffer.isBuffer(found.bytes) && Buffer.isBuffer(found.hash)).toBe(true);
  });

  test("counts and sums as numbers", async () => {
    const { db } = it.database;
    const found = await db
      .selectFrom("test_every")
      .select((row) => [row.fn.countAll().as("count"), row.fn.sum("int").as("sum")])
      .executeTakeFirstOrThrow();
    expect(found).toEqual({ count: 1, sum: Number.MAX_SAFE_INTEGER });
  });

  test("answers an empty list of values", async () => {
    expect(await it.database.db.selectFrom("test_every").selectAll().where("id", "in", []).execute()).toEqual([]);
  });

  test("sorts and compares names byte by byte", async () => {
    const workspaceId = newId();
    const names = ["B", "a", "Z", "é", "z", "\u{1f427}", "A", "\uffee"];
    await it.database.db
      .insertInto("test_thing")
      .values(names.map((name) => aThing({ workspaceId, name })))
      .execute();
    const found = await it.database.db
      .selectFrom("test_thing")
      .select("name")
      .where("workspaceId", "=", workspaceId)
      .orderBy("name")
      .execute();
    expect(found.map(({ name }) => name)).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  test("tells which key is taken", async () => {
    const { db, dialect } = it.database;
    const thing = aThing();
    await db.insertInto("test_thing").values(thing).execute();
    const fault = async (row: ThingRow) =>
      dialect.explain(
        await db
          .insertInto("test_thing")
          .values(row)
          .execute()
          .then(undefined, (error) => error),
      );
    expect(await fault(aThing({ name: thing.name }))).toEqual({ kind: "taken", key: "test_thing_name" });
    expect(await fault(aThing({ id: thing.id }))).toEqual({ kind: "taken", key: "primary" });
  });

  test("keeps or overwrites the row whose key is taken", async () => {
    const { db, dialect } = it.database;
    const thing = aThing({ size: 1, score: 1 });
    const read = () => db.selectFrom("test_thing").select(["size", "score"]).where("id", "=", thing.id).executeTakeFirst();
    await db.insertInto("test_thing").values(thing).execute();
    await dialect.onConflict(db.insertInto("test_thing").values({ ...thing, size: 2, score: 2 }), ["id"], []).execute();
    expect(await read()).toEqual({ size: 1, score: 1 });
    await dialect.onConflict(db.insertInto("test_thing").values({ ...thing, size: 2, score: 2 }), ["id"], ["size"]).execute();
    expect(await read()).toEqual({ size: 2, score: 1 });
  });

  test("counts the rows that an update matches, changed or not", async () => {
    const thing = aThing();
    await it.database.db.insertInto("test_thing").values(thing).execute();
    const { numUpdatedRows } = await it.database.db
      .updateTable("test_thing")
      .set({ size: 0 })
      .where("id", "=", thing.id)
      .executeTakeFirst();
    expect(numUpdatedRows).toBe(1n);
  });

  test("tells the time in microseconds", async () => {
    const { now } = await it.database.db.selectNoFrom(it.database.dialect.now().as("now")).executeTakeFirstOrThrow();
    expect(Number.isSafeInteger(now)).toBe(true);
    expect(Math.abs(now - Date.now() * 1000)).toBeLessThan(2_000_000);
  });

  test("undoes a transaction whose work fails", async () => {
    const thing = aThing();
    const failing = it.database.transact(async (trx) => {
      await trx.insertInto("test_thing").values(thing).execute();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await it.database.db.selectFrom("test_thing").selectAll().where("id", "=", thing.id).execute()).toEqual([]);
  });

  test("loses no update to concurrent transactions", async () => {
    const thing = aThing();
    await it.database.db.insertInto("test_thing").values(thing).execute();
    const add = () =>
      it.database.transact((trx) =>
        trx
          .updateTable("test_thing")
          .set((row) => ({ size: row("size", "+", 1) }))
          .where("id", "=", thing.id)
          .execute(),
      );
    await Promise.all(Array.from({ length: 40 }, add));
    const { size } = await it.database.db.selectFrom("test_thing").select("size").where("id", "=", thing.id).executeTakeFirstOrThrow();
    expect(size).toBe(40);
  });

  test("runs transactions at READ COMMITTED", async () => {
    const reading = {
      postgres: "show transaction_isolation",
      mysql: "select @@tx_isolation as level",
      sqlite: "select 'read committed' as level",
    }[name];
    const { rows } = await it.database.transact((trx) => sql.raw<Record<string, string>>(reading).execute(trx));
    expect(
      Object.values(rows[0] ?? {})[0]
        ?.toLowerCase()
        .replace("-", " "),
    ).toBe("read committed");
  });

  test("tells of each statement, and never of its values", async () => {
    const events: QueryEvent[] = [];
    const traced = openDatabase<{ test_thing: ThingRow }>(it.url, { onQuery: (event) => events.push(event) });
    const thing = aThing({ name: "secret-name" });
    await traced.db.insertInto("test_thing").values(thing).execute();
    await traced.db
      .insertInto("test_thing")
      .values(thing)
      .execute()
      .catch(() => {});
    await traced.close();
    expect(events.filter(({ sql }) => sql.startsWith("insert")).map(({ failure }) => failure !== undefined)).toEqual([false, true]);
    expect(JSON.stringify(events)).not.toContain("secret-name");
  });

  test.skipIf(name === "sqlite")(
    "whose connection breaks in a transaction is UNAVAILABLE, at that statement and at those after it",
    async () => {
      const { dialect, db, transact } = it.database;
      const own =
        dialect.name === "mysql" ? sql<{ id: number }>`select connection_id() as id` : sql<{ id: number }>`select pg_backend_pid() as id`;
      const kill = (id: number) => (dialect.name === "mysql" ? sql`kill ${sql.lit(id)}` : sql`select pg_terminate_backend(${id})`);
      const heard: unknown[] = [];
      const work = transact(async (trx) => {
        const { rows } = await own.execute(trx);
        await kill(rows[0]?.id ?? 0).execute(db);
        for (let statement = 0; statement < 2; statement++) await sql`select 1`.execute(trx).catch((error) => heard.push(error));
      });
      await expect(work).rejects.toMatchObject({ reason: Reason.UNAVAILABLE });
      expect(heard).toMatchObject([{ reason: Reason.UNAVAILABLE }, { reason: Reason.UNAVAILABLE }]);
      await it.database.ping();
    },
  );

  test("leaves the event loop its turns", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    for (const end = performance.now() + 200; performance.now() < end; ) await sql`select 1`.execute(it.database.db);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

test.each(["postgres://nobody@127.0.0.1:1/none", "mysql://nobody@127.0.0.1:1/none", "sqlite:///nowhere/at/all.db"])(
  "%s is UNAVAILABLE",
  async (url) => {
    const database = openDatabase(url);
    await expect(database.ping()).rejects.toMatchObject({ reason: Reason.UNAVAILABLE });
    await expect(database.transact(async () => {})).rejects.toMatchObject({ reason: Reason.UNAVAILABLE });
    await database.close();
  },
);

test("a URL of another kind is refused in words", () => {
  expect(() => openDatabase("oracle://x")).toThrow("a database URL begins with");
});
