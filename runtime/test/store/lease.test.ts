import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { whileLeader } from "../../src/store/leader.ts";
import { type Lease, lease } from "../../src/store/lease.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "./fresh.ts";

describe.each(dialects)("a lease on %s", (name) => {
  let it: Fresh<never>;
  let other: Database<never>;
  beforeAll(async () => {
    it = await fresh<never>(name);
    other = openDatabase<never>(it.url);
  });
  afterAll(async () => {
    await other?.close();
    await it?.close();
  });

  test("has one holder of twenty who want it", async () => {
    const wanted = Array.from({ length: 20 }, (_, i) => lease(i % 2 ? it.database : other, "test", "contended"));
    const got = await Promise.all(wanted.map((held) => held.acquire(60_000)));
    expect(got.filter(Boolean)).toHaveLength(1);
  });

  test("is renewed by its holder, and free again when released or expired", async () => {
    const [mine, yours] = [lease(it.database, "test", "passed"), lease(other, "test", "passed")] as [Lease, Lease];
    expect([await mine.acquire(60_000), await yours.acquire(60_000)]).toEqual([true, false]);
    expect([await mine.renew(60_000), await yours.renew(60_000)]).toEqual([true, false]);
    await yours.release();
    expect(await yours.acquire(1)).toBe(false);
    await mine.release();
    expect(await yours.acquire(1)).toBe(true);
    await sleep(20);
    expect(await yours.renew(60_000)).toBe(false);
    expect(await mine.acquire(60_000)).toBe(true);
  });

  test("has one leader at a time, and the next one when that stops", async () => {
    const log: string[] = [];
    let leading = 0;
    const stops = [new AbortController(), new AbortController()] as const;
    const loops = stops.map(({ signal }, i) =>
      whileLeader(lease(i ? it.database : other, "test", "led"), {
        ttlMs: 1000,
        everyMs: 20,
        signal,
        work: async () => {
          expect(++leading).toBe(1);
          await sleep(10);
          log.push(String(i));
          leading--;
        },
      }),
    );
    await sleep(200);
    const first = Number(log[0]);
    stops[first as 0 | 1].abort();
    await loops[first];
    await sleep(300);
    stops[first ? 0 : 1].abort();
    await Promise.all(loops);
    expect(log.at(-1)).toBe(String(1 - first));
  });

  test("tells the leader when the lease is lost", async () => {
    const stop = new AbortController();
    let lost = false;
    const done = whileLeader(lease(it.database, "test", "stolen"), {
      ttlMs: 300,
      everyMs: 10_000,
      signal: stop.signal,
      work: async (leading) => {
        await (other as unknown as Database<Record<string, { name: string; expiresTime: number }>>).db
          .updateTable("test_lease")
          .set({ expiresTime: 0 })
          .where("name", "=", "stolen")
          .execute();
        await sleep(5000, undefined, { signal: leading }).catch(() => {});
        lost = leading.aborted;
        stop.abort();
      },
    });
    await done;
    expect(lost).toBe(true);
  });
});
