import { expect, test } from "vitest";
import { newKeyringEntry, parseKeyring } from "../crypto/keys.ts";
import type { Cache } from "./cache.ts";
import { memoryCache } from "./memory.ts";
import { sealedCache } from "./sealed.ts";

const [oldEntry, newEntry] = [newKeyringEntry("old"), newKeyringEntry("new")];

/** A cache that tells what was written to it. */
function watched() {
  const written: { key: string; value: Buffer }[] = [];
  const inner = memoryCache();
  const cache: Cache = {
    ...inner,
    set(key, value, ttlMs) {
      written.push({ key, value: Buffer.from(value) });
      return inner.set(key, value, ttlMs);
    },
  };
  return { cache, written };
}

test("neither values nor names can be read in the store", async () => {
  const { cache, written } = watched();
  const sealed = sealedCache(cache, parseKeyring(oldEntry));
  await sealed.set("connector/aws", Buffer.from("hunter2"), 1000);
  expect((await sealed.get("connector/aws"))?.toString()).toBe("hunter2");
  const text = written.map(({ key, value }) => key + value.toString("latin1")).join();
  expect(text).not.toMatch(/connector|aws|hunter2/);
});

test("a value that was altered, moved, or sealed under a key that is gone is as good as none", async () => {
  const { cache, written } = watched();
  const sealed = sealedCache(cache, parseKeyring(oldEntry));
  await sealed.set("a", Buffer.from("1"), 1000);
  await sealed.set("b", Buffer.from("2"), 1000);
  const [a, b] = written;
  await cache.set(b?.key ?? "", a?.value ?? Buffer.alloc(0), 1000);
  expect(await sealed.get("b")).toBeUndefined();
  await cache.set(a?.key ?? "", Buffer.from("garbage"), 1000);
  expect(await sealed.get("a")).toBeUndefined();
  expect(await sealedCache(cache, parseKeyring(newEntry)).get("a")).toBeUndefined();
});

test("during a rotation a delete reaches what other replicas wrote under the former key", async () => {
  const cache = memoryCache();
  const before = sealedCache(cache, parseKeyring(oldEntry));
  await before.set("a", Buffer.from("1"), 1000);
  await sealedCache(cache, parseKeyring(`${newEntry},${oldEntry}`)).delete("a");
  expect(await before.get("a")).toBeUndefined();
});
