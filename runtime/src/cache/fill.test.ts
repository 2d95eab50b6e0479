import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { getOrFill } from "./fill.ts";
import { memoryCache } from "./memory.ts";

const signal = AbortSignal.timeout(5_000);

test("many replicas make one value", async () => {
  const cache = memoryCache();
  const fill = vi.fn(async () => {
    await sleep(30);
    return { value: Buffer.from("made"), ttlMs: 1000 };
  });
  const values = await Promise.all(Array.from({ length: 20 }, () => getOrFill(cache, "a", { fill, lockMs: 1000, signal })));
  expect(fill).toHaveBeenCalledTimes(1);
  expect(new Set(values.map(String))).toEqual(new Set(["made"]));
});

test("when the maker fails, the next one tries", async () => {
  const cache = memoryCache();
  let tries = 0;
  const fill = async () => {
    await sleep(10);
    if (++tries === 1) throw new Error("first");
    return { value: Buffer.from("made"), ttlMs: 1000 };
  };
  const results = await Promise.allSettled([1, 2, 3].map(() => getOrFill(cache, "a", { fill, lockMs: 1000, signal })));
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
  expect(tries).toBe(2);
});

test("when the maker dies, the next one tries after the lock expires", async () => {
  const cache = memoryCache();
  await cache.once("a", 40);
  const value = await getOrFill(cache, "a", { fill: async () => ({ value: Buffer.from("made"), ttlMs: 1000 }), lockMs: 1000, signal });
  expect(value.toString()).toBe("made");
});

test("one who waits can give up", async () => {
  const cache = memoryCache();
  await cache.once("a", 10_000);
  const fill = async () => ({ value: Buffer.alloc(0), ttlMs: 0 });
  await expect(getOrFill(cache, "a", { fill, lockMs: 1000, signal: AbortSignal.timeout(20) })).rejects.toThrow();
});
