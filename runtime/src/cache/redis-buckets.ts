import type { Buckets } from "./buckets.ts";
import { type RedisConnection, redisPrefix } from "./redis-connection.ts";

export interface RedisBucketsOptions {
  /** Told of each command that failed. */
  readonly onFault: (fault: unknown) => void;
}

// One key, so that it runs on a cluster; the clock of Redis, so that those of the replicas do not matter. What is owed may
// bring a bucket below empty, by no more than it holds. The key is gone by the time that the bucket would be full again.
const drawScript = `
local rate, burst, want, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call("HMGET", KEYS[1], "tokens", "at")
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
tokens = math.max(-burst, tokens - owed)
local granted = math.max(0, math.min(want, math.floor(tokens)))
tokens = tokens - granted
redis.call("HSET", KEYS[1], "tokens", tostring(tokens), "at", string.format("%.0f", now))
redis.call("PEXPIRE", KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return { granted, math.max(0, math.ceil((1 - tokens) / rate * 1000)) }`;

/** Buckets that all replicas share: one command for each draw. */
export function redisBuckets(redis: RedisConnection, { onFault }: RedisBucketsOptions): Buckets {
  return {
    async draw(name, { perSecond, burst }, { want, owed }) {
      try {
        const drawn = await redis.eval(drawScript, 1, `${redisPrefix}bucket:${name}`, perSecond, burst, want, owed);
        const [granted, waitMs] = drawn as [number, number];
        return { granted, waitMs };
      } catch (fault) {
        onFault(fault);
        return undefined;
      }
    },
  };
}
