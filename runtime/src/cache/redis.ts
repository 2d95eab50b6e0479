import { randomBytes } from "node:crypto";
import type { Cache } from "./cache.ts";
import { type RedisConnection, redisPrefix } from "./redis-connection.ts";

export interface RedisCacheOptions {
  /** Told of each command that failed. */
  readonly onFault: (fault: unknown) => void;
}

// After a failure nothing is asked for so long: a Redis that hangs costs one time-out each half second, not one a call.
const pauseMs = 500;

// Only the holder may give a lock back: after it expired, another may have it.
const releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end`;

/** A cache that all replicas share. */
export function redisCache(redis: RedisConnection, { onFault }: RedisCacheOptions): Cache {
  let pausedUntil = 0;
  const paused = () => performance.now() < pausedUntil;
  const failed = (fault: unknown): undefined => {
    pausedUntil = performance.now() + pauseMs;
    onFault(fault);
  };
  const nameOf = (key: string) => `${redisPrefix}cache:${key}`;
  const lockOf = (key: string) => `${redisPrefix}lock:${key}`;
  const unguarded = async () => {};
  return {
    async get(key) {
      if (paused()) return undefined;
      try {
        return (await redis.getBuffer(nameOf(key))) ?? undefined;
      } catch (fault) {
        return failed(fault);
      }
    },

    async set(key, value, ttlMs) {
      if (ttlMs < 1) return this.delete(key);
      if (paused()) return;
      try {
        await redis.set(nameOf(key), Buffer.from(value.buffer, value.byteOffset, value.byteLength), "PX", Math.floor(ttlMs));
      } catch (fault) {
        failed(fault);
      }
    },

    async delete(key) {
      try {
        await redis.del(nameOf(key));
      } catch (fault) {
        failed(fault);
      }
    },

    async once(key, ttlMs) {
      if (paused()) return unguarded;
      const holder = randomBytes(16).toString("base64url");
      try {
        const taken = await redis.set(lockOf(key), holder, "PX", Math.max(1, Math.floor(ttlMs)), "NX");
        if (taken !== "OK") return undefined;
      } catch (fault) {
        failed(fault);
        return unguarded;
      }
      return async () => {
        try {
          await redis.eval(releaseScript, 1, lockOf(key), holder);
        } catch (fault) {
          failed(fault);
        }
      };
    },
  };
}
