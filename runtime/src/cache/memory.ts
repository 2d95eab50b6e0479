import { LRUCache } from "lru-cache";
import type { Cache } from "./cache.ts";

export interface MemoryCacheOptions {
  /** Bytes of keys and values to keep; the longest unused go first. */
  readonly maxBytes?: number;
}

/** A cache of this process. */
export function memoryCache({ maxBytes = 64 * 1024 * 1024 }: MemoryCacheOptions = {}): Cache {
  const values = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: (value, key) => value.length + key.length + 64,
    // Times are read when asked for, not from a timer that may lag behind.
    ttlResolution: 0,
  });
  const locks = new LRUCache<string, object>({ max: 10_000, ttlResolution: 0 });
  return {
    async get(key) {
      const value = values.get(key);
      // A copy, as every other cache gives: what a reader writes into it reaches nobody.
      return value && Buffer.from(value);
    },
    async set(key, value, ttlMs) {
      if (ttlMs >= 1) values.set(key, Buffer.from(value), { ttl: Math.floor(ttlMs) });
      else values.delete(key);
    },
    async delete(key) {
      values.delete(key);
    },
    async once(key, ttlMs) {
      if (locks.get(key)) return undefined;
      const holder = {};
      locks.set(key, holder, { ttl: Math.max(1, Math.floor(ttlMs)) });
      return async () => {
        if (locks.get(key) === holder) locks.delete(key);
      };
    },
  };
}
