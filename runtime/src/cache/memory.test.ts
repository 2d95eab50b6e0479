import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { memoryCache } from "./memory.ts";

test("a value can be got until it expires or is deleted", async () => {
  const cache = memoryCache();
  await cache.set("a", Buffer.from("1"), 1000);
  await cache.set("b", Buffer.from("2"), 20);
  await cache.set("c", Buffer.from("3"), 0);
  expect((await cache.get("a"))?.toString()).toBe("1");
  expect(await cache.get("c")).toBeUndefined();
  await sleep(25);
  expect(await cache.get("b")).toBeUndefined();
  await cache.delete("a");
  expect(await cache.get("a")).toBeUndefined();
});

test("writing into a value reaches nobody else", async () => {
  const cache = memoryCache();
  const value = Buffer.from("abc");
  await cache.set("a", value, 1000);
  value.fill(0);
  (await cache.get("a"))?.fill(0);
  expect((await cache.get("a"))?.toString()).toBe("abc");
});

test("the longest unused values go when it is full", async () => {
  const cache = memoryCache({ maxBytes: 2500 });
  for (const key of ["a", "b", "c"]) await cache.set(key, Buffer.alloc(1000), 1000);
  expect(await cache.get("a")).toBeUndefined();
  expect(await cache.get("c")).toHaveLength(1000);
});

test("a lock has one holder, until it is given back or expires", async () => {
  const { once } = memoryCache();
  const release = await once("a", 1000);
  expect(release).toBeDefined();
  expect(await once("a", 1000)).toBeUndefined();
  await release?.();
  const late = await once("a", 10);
  await sleep(15);
  expect(await once("a", 1000)).toBeDefined();
  await late?.();
  expect(await once("a", 1000)).toBeUndefined();
});
