import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type OpenCache, openCache } from "../../src/cache/open.ts";
import { type Breakable, breakable } from "../../src/testing/breakable.ts";

const url = process.env.SIGNALBOX_TEST_REDIS_URL;

if (!url) console.warn("skipped: the cache in Redis needs SIGNALBOX_TEST_REDIS_URL, and this run has none (npm test brings it)");

describe.skipIf(!url)("a cache in Redis", () => {
  const opened: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(thing: T): T => {
    opened.push(thing);
    return thing;
  };
  let way: Breakable;
  let here: OpenCache;
  let there: OpenCache;
  let key: string;
  const faults: unknown[] = [];

  beforeEach(async () => {
    key = `test/${randomUUID()}`;
    faults.length = 0;
    way = keep(await breakable(url as string));
    here = keep(await openCache(way.url, { onFault: (fault) => faults.push(fault) }));
    there = keep(await openCache(url));
    await Promise.all([here.ping(), there.ping()]);
  });
  afterAll(async () => {
    for (const thing of opened.reverse()) await thing.close();
  });

  test("one replica gets what another set, until it expires or is deleted", async () => {
    const value = Buffer.from([0, 255, 1]);
    await here.cache.set(key, value, 60);
    expect(await there.cache.get(key)).toEqual(value);
    await sleep(80);
    expect(await there.cache.get(key)).toBeUndefined();
    await here.cache.set(key, value, 10_000);
    await there.cache.delete(key);
    expect(await here.cache.get(key)).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test("a lock has one holder among all replicas, and only that one gives it back", async () => {
    const late = await here.cache.once(key, 40);
    expect(late).toBeDefined();
    expect(await there.cache.once(key, 1000)).toBeUndefined();
    await sleep(60);
    const release = await there.cache.once(key, 5000);
    expect(release).toBeDefined();
    await late?.();
    expect(await here.cache.once(key, 1000)).toBeUndefined();
    await release?.();
    expect(await here.cache.once(key, 1000)).toBeDefined();
  });

  test.each(["cut", "hang"] as const)("when the connection is broken (%s) nothing throws and little is lost in time", async (how) => {
    await here.cache.set(key, Buffer.from("x"), 10_000);
    way[how]();
    const start = performance.now();
    for (let round = 0; round < 50; round += 1) {
      expect(await here.cache.get(key)).toBeUndefined();
      await here.cache.set(key, Buffer.from("y"), 1000);
    }
    expect(await here.cache.once(key, 1000)).toBeDefined();
    expect(performance.now() - start).toBeLessThan(600);
    expect(faults.length).toBeGreaterThan(0);
    await expect(here.ping()).rejects.toThrow();
    way.mend();
    await vi.waitFor(async () => expect((await here.cache.get(key))?.toString()).toBe("x"), 5_000);
    await here.ping();
  });

  test("a service starts without Redis and finds it later", async () => {
    way.cut();
    const late = keep(await openCache(way.url));
    expect(await late.cache.get(key)).toBeUndefined();
    await there.cache.set(key, Buffer.from("x"), 10_000);
    way.mend();
    await vi.waitFor(async () => expect((await late.cache.get(key))?.toString()).toBe("x"), 5_000);
  });

  test("a notification wakes subscribers of its topic in every process, once in one's own", async () => {
    const [near, far, other] = [vi.fn(), vi.fn(), vi.fn()];
    here.wakeups.subscribe(key, near);
    there.wakeups.subscribe(key, far);
    there.wakeups.subscribe(`${key}/other`, other);
    // Each is woken once when its subscription begins.
    await vi.waitFor(() => [near, far, other].map((wake) => expect(wake).toHaveBeenCalledTimes(1)));
    here.wakeups.notify(key);
    await vi.waitFor(() => expect(far).toHaveBeenCalledTimes(2));
    await sleep(20);
    expect(near).toHaveBeenCalledTimes(2);
    expect(other).toHaveBeenCalledTimes(1);
  });

  test("after a reconnect every subscriber is woken, and notifications arrive again", async () => {
    const wake = vi.fn();
    here.wakeups.subscribe(key, wake);
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(1));
    way.cut();
    there.wakeups.notify(key);
    await sleep(50);
    expect(wake).toHaveBeenCalledTimes(1);
    way.mend();
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(2), 5_000);
    there.wakeups.notify(key);
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(3));
  });

  test("what is said while the connection is lost is heard after it", async () => {
    const wake = vi.fn();
    there.wakeups.subscribe(key, wake);
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(1));
    way.cut();
    await sleep(20);
    here.wakeups.notify(key);
    await sleep(20);
    way.mend();
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(2), 5_000);
  });
});
