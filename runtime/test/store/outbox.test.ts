import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memoryWakeups } from "../../src/cache/wakeups.ts";
import { newId } from "../../src/ids.ts";
import { consume, consumeOnce, createCursorTable } from "../../src/store/consume.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { lease } from "../../src/store/lease.ts";
import type { Migration } from "../../src/store/migrate.ts";
import { createOutboxTable, type NewEvent, type OutboxTable, outbox } from "../../src/store/outbox.ts";
import { numberBatch, relay } from "../../src/store/relay.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";

const tables: Migration = (dialect) => ({
  async up(db) {
    await createOutboxTable(db, dialect, "test");
    await createCursorTable(db, dialect, "test");
    await db.schema.createTable("test_heard").addColumn("subject", dialect.types.id).addColumn("consumer", dialect.types.name).execute();
  },
});

interface Tables {
  test_outbox: OutboxTable;
  test_heard: { subject: Buffer; consumer: string };
}

const event = (over: Partial<NewEvent> = {}): NewEvent => ({
  workspaceId: newId(),
  kind: "thing.made",
  subject: newId(),
  payload: Buffer.from([1, 2]),
  createdTime: 1000,
  ...over,
});

describe.each(dialects)("an outbox on %s", (name) => {
  let it: Fresh<Tables>;
  let other: Database<Tables>;
  const wakeups = memoryWakeups();
  const boxOf = (database: Database<Tables>) => outbox(database as unknown as Database<never>, "test", wakeups);
  const untyped = (database: Database<Tables>) => database as unknown as Database<never>;
  const until = async (done: () => Promise<boolean>) => {
    for (let n = 0; n < 400 && !(await done()); n++) await sleep(25);
  };

  beforeAll(async () => {
    it = await fresh<Tables>(name, { "0003-outbox": tables });
    other = openDatabase<Tables>(it.url);
  });
  afterAll(async () => {
    await other?.close();
    await it?.close();
  });

  test("numbers each event once, without gaps, with two relays, and each is heard once by two consumers of one cursor", async () => {
    const stop = new AbortController();
    const { signal } = stop;
    const box = boxOf(it.database);
    const faults: unknown[] = [];
    const onError = (error: unknown) => faults.push(error);
    const consumer = (database: Database<Tables>, mark: string) =>
      consume<Tables, OutboxTable>({
        database,
        service: "test",
        name: "test.things",
        pull: (after, limit) => boxOf(database).pull(after, limit),
        handle: async (trx, events) => {
          await trx
            .insertInto("test_heard")
            .values(events.map(({ subject }) => ({ subject, consumer: mark })))
            .execute();
        },
        resync: async () => {},
        wakeups,
        topic: box.topics.numbered,
        signal,
        limit: 17,
        idleMs: 50,
        onError,
      });
    const loops = [
      relay({ database: untyped(it.database), outbox: box, wakeups, signal, idleMs: 20, ttlMs: 400, onError }),
      relay({ database: untyped(other), outbox: boxOf(other), wakeups, signal, idleMs: 20, ttlMs: 400, onError }),
      consumer(it.database, "a"),
      consumer(other, "b"),
    ];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 15; n++) {
        await (writer % 2 ? it.database : other).transact((trx) => box.append(trx, [event(), event()]));
      }
    });
    await Promise.all(writers);
    const heard = async () => it.database.db.selectFrom("test_heard").select("subject").execute();
    await until(async () => (await heard()).length >= 240);
    stop.abort();
    await Promise.all(loops);
    const numbered = await it.database.db.selectFrom("test_outbox").select("sequence").orderBy("sequence").execute();
    expect(faults).toEqual([]);
    expect(numbered.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 240 }, (_, i) => i + 1));
    expect(new Set((await heard()).map(({ subject }) => subject.toString("hex"))).size).toBe(240);
    expect(await heard()).toHaveLength(240);
  });

  test("numbers nothing for a relay whose lease is gone", async () => {
    const box = boxOf(it.database);
    await box.append(it.database.db, [event()]);
    const [gone, present] = [lease(untyped(it.database), "test", "fenced"), lease(untyped(other), "test", "fenced")];
    expect(await gone.acquire(1)).toBe(true);
    await sleep(10);
    expect(await present.acquire(60_000)).toBe(true);
    expect(await numberBatch(untyped(it.database), "test", gone, 1000)).toBe(0);
    expect(await numberBatch(untyped(other), "test", present, 1000)).toBe(1);
  });

  test("pulls in order, by kind, and says how far it read", async () => {
    const box = boxOf(it.database);
    const { events, upto } = await box.pull(100, 10);
    expect([events.map(({ sequence }) => sequence), upto]).toEqual([[101, 102, 103, 104, 105, 106, 107, 108, 109, 110], 110]);
    expect(await box.pull(100, 10, ["nothing"])).toEqual({ events: [], upto: 241, resync: false });
    expect(await box.pull(241, 10)).toEqual({ events: [], upto: 241, resync: false });
  });

  test("tells the relay once of each transaction that wrote events, when it is committed", async () => {
    const box = boxOf(it.database);
    let told = 0;
    const end = wakeups.subscribe(box.topics.written, () => {
      told += 1;
    });
    const { transact } = it.database;
    await transact((trx) => box.append(trx, []));
    const failing = transact(async (trx) => {
      await box.append(trx, [event()]);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await sleep(20);
    expect(told).toBe(0);
    await transact(async (trx) => {
      for (let n = 0; n < 2; n++) await box.append(trx, [event()]);
      await sleep(20);
      expect(told).toBe(0);
      await trx.deleteFrom("test_outbox").where("sequence", "=", 0).execute();
    });
    await until(async () => told > 0);
    expect(told).toBe(1);
    end();
  });

  test("drops what is old, never the newest, and tells a cursor before that to start over", async () => {
    const box = boxOf(it.database);
    await it.database.db.updateTable("test_outbox").set({ createdTime: 5000 }).where("sequence", ">", 200).execute();
    expect(await box.prune(2000)).toBe(200);
    expect(await box.prune(2000)).toBe(0);
    expect(await box.pull(199, 10)).toEqual({ events: [], upto: 241, resync: true });
    expect((await box.pull(200, 10)).events[0]?.sequence).toBe(201);
    expect(await box.prune(10_000)).toBe(40);
    expect((await box.pull(240, 10)).events.map(({ sequence }) => sequence)).toEqual([241]);
    expect((await box.pull(999, 10)).resync).toBe(true);
  });

  test("lets a consumer that is too late read the state and go on", async () => {
    let resyncs = 0;
    const late = {
      database: it.database,
      service: "test",
      name: "late",
      pull: (after: number, limit: number) => boxOf(it.database).pull(after, limit),
      handle: async () => {},
      resync: async () => {
        resyncs++;
      },
      wakeups,
      topic: "none",
      signal: new AbortController().signal,
    };
    expect([await consumeOnce(late), await consumeOnce(late), resyncs]).toEqual([true, false, 1]);
  });

  test("keeps the cursor where the handling failed", async () => {
    const subject = newId();
    const handled = (fails: boolean) =>
      consumeOnce<Tables, OutboxTable>({
        database: it.database,
        service: "test",
        name: "failing",
        pull: async (after) =>
          after === 0
            ? { events: [{ ...event({ subject }), id: newId(), sequence: 1 }], upto: 1, resync: false }
            : { events: [], upto: after, resync: false },
        handle: async (trx, [first]) => {
          await trx
            .insertInto("test_heard")
            .values({ subject: first?.subject ?? newId(), consumer: "failing" })
            .execute();
          if (fails) throw new Error("later");
        },
        resync: async () => {},
        wakeups,
        topic: "none",
        signal: new AbortController().signal,
      });
    await expect(handled(true)).rejects.toThrow("later");
    expect([await handled(false), await handled(false)]).toEqual([true, false]);
    expect(await it.database.db.selectFrom("test_heard").selectAll().where("subject", "=", subject).execute()).toHaveLength(1);
  });
});
