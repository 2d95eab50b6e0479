import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/ids.ts";
import { compaction } from "../../src/store/compaction.ts";
import type { Database } from "../../src/store/database.ts";
import { type Lease, lease } from "../../src/store/lease.ts";
import type { Migration } from "../../src/store/migrate.ts";
import { createOutboxTable, type OutboxTable, outbox } from "../../src/store/outbox.ts";
import { numberBatch } from "../../src/store/relay.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";

const tables: Migration = (dialect) => ({ up: (db) => createOutboxTable(db, dialect, "test") });

interface Tables {
  test_outbox: OutboxTable;
}

describe.each(dialects)("a log on %s of which the latest changes are kept", (name) => {
  let it: Fresh<Tables>;
  let held: Lease;
  let database: Database<never>;
  let compacting = compaction(["changed"], 1);
  const workspaceId = newId();
  const [one, two] = [newId(), newId()];

  beforeAll(async () => {
    it = await fresh<Tables>(name, { "0003-outbox": tables });
    database = it.database as unknown as Database<never>;
    held = lease(database, "test", "relay");
    expect(await held.acquire(60_000)).toBe(true);
  });
  beforeEach(async () => {
    compacting = compaction(["changed"], 1);
    await it.database.db.deleteFrom("test_outbox").execute();
  });
  afterAll(() => it?.close());

  const log = () => outbox(database, "test", { notify: () => {} });
  const number = () => numberBatch(database, "test", held, 60_000, compacting);
  /** Writes events, each with its subject, which are numbered together. */
  async function told(...events: readonly (readonly [kind: string, subject: Buffer])[]): Promise<void> {
    const rows = events.map(([kind, subject]) => ({ workspaceId, kind, subject, payload: Buffer.alloc(0), createdTime: 1000 }));
    await log().append(it.database.db, rows);
    expect(await number()).toBe(events.length);
  }
  const readAfter = async (place: number) => {
    const { events, resync, upto } = await log().pull(place, 100);
    return { events: events.map(({ sequence, kind, subject }) => [sequence, kind, subject.equals(one) ? 1 : 2]), resync, upto };
  };

  test("a change stands for those before it, and for no other event", async () => {
    await told(["made", one]);
    await told(["changed", one]);
    await told(["changed", two], ["made", one]);
    await told(["changed", one]);
    expect(await readAfter(0)).toEqual({
      events: [
        [1, "made", 1],
        [3, "changed", 2],
        [4, "made", 1],
        [5, "changed", 1],
      ],
      resync: false,
      upto: 5,
    });
    expect((await readAfter(2)).events).toHaveLength(3);
  });

  test("changes that wait together get one number", async () => {
    await told(["changed", one], ["changed", two], ["changed", one]);
    expect((await readAfter(0)).events).toEqual([
      [1, "changed", 2],
      [2, "changed", 1],
    ]);
  });

  test("the oldest event stays, so that no reader is told to start over", async () => {
    for (let n = 0; n < 5; n++) await told(["changed", one]);
    expect(await readAfter(1)).toEqual({ events: [[5, "changed", 1]], resync: false, upto: 5 });
    expect((await readAfter(0)).events).toEqual([
      [1, "changed", 1],
      [5, "changed", 1],
    ]);
  });

  test("a relay that was not there before leaves what it does not remember", async () => {
    for (let n = 0; n < 3; n++) {
      compacting = compaction(["changed"], 1);
      await told(["changed", one]);
    }
    expect((await readAfter(0)).events).toHaveLength(3);
  });

  test("what later events stand for is dropped many at a time", async () => {
    compacting = compaction(["changed"], 3);
    await told(["made", one]);
    const left: number[] = [];
    for (let n = 0; n < 7; n++) {
      await told(["changed", one]);
      left.push((await readAfter(1)).events.length);
    }
    expect(left).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });

  test("what was not committed is not remembered", async () => {
    await told(["changed", two]);
    await told(["changed", one]);
    await log().append(it.database.db, [{ workspaceId, kind: "changed", subject: one, payload: Buffer.alloc(0), createdTime: 1000 }]);
    const gone = lease(database, "test", "other");
    expect(await numberBatch(database, "test", gone, 1000, compacting)).toBe(0);
    expect((await readAfter(1)).events).toEqual([[2, "changed", 1]]);
    expect(await number()).toBe(1);
    expect((await readAfter(1)).events).toEqual([[3, "changed", 1]]);
  });
});
