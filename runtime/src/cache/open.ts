import type { Buckets } from "./buckets.ts";
import type { Cache } from "./cache.ts";
import { memoryCache } from "./memory.ts";
import { memoryWakeups, type Wakeups } from "./wakeups.ts";

export interface OpenCache {
  readonly cache: Cache;
  readonly wakeups: Wakeups;
  /** Rejects when the store behind it does not answer within two seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenCacheOptions {
  /** Told of each failure of Redis; callers of the cache are not. */
  readonly onFault?: (fault: unknown) => void;
}

const cacheTimeoutMs = 250;
const pingTimeoutMs = 2_000;

/** Cache and wake-ups by Redis URL, or inside the process without one. Connects in the background: a service starts and works without Redis. */
export async function openCache(url: string | undefined, { onFault = () => {} }: OpenCacheOptions = {}): Promise<OpenCache> {
  if (url === undefined) {
    const wakeups = memoryWakeups();
    return { cache: memoryCache(), wakeups, ping: async () => {}, close: wakeups.close };
  }
  // Its client is loaded only where it is used.
  const [{ redisCache }, { connectRedis, redisReady }, { redisWakeups }] = await Promise.all([
    import("./redis.ts"),
    import("./redis-connection.ts"),
    import("./redis-wakeups.ts"),
  ]);
  const connection = connectRedis(url, { commandTimeoutMs: cacheTimeoutMs, onFault });
  const wakeups = redisWakeups(url, { onFault });
  return {
    cache: redisCache(connection, { onFault }),
    wakeups,
    async ping() {
      await redisReady(connection, pingTimeoutMs);
      await connection.ping();
    },
    async close() {
      connection.disconnect();
      await wakeups.close();
    },
  };
}

export interface OpenBuckets {
  /** Undefined without Redis: then there is nothing that replicas share. */
  readonly buckets: Buckets | undefined;
  close(): void;
}

/** The buckets that replicas share, by Redis URL. On a connection of their own, where no large value keeps a draw waiting. Connects in the background. */
export async function openBuckets(url: string | undefined, { onFault = () => {} }: OpenCacheOptions = {}): Promise<OpenBuckets> {
  if (url === undefined) return { buckets: undefined, close: () => {} };
  const [{ redisBuckets }, { connectRedis }] = await Promise.all([import("./redis-buckets.ts"), import("./redis-connection.ts")]);
  const connection = connectRedis(url, { commandTimeoutMs: cacheTimeoutMs, onFault });
  return { buckets: redisBuckets(connection, { onFault }), close: () => connection.disconnect() };
}
