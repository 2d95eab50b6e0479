import { Cluster, type CommonRedisOptions, Redis } from "ioredis";
import { parseRedisUrl } from "./redis-url.ts";

export type RedisConnection = Redis | Cluster;

export interface RedisConnectionOptions {
  /** How long a command may take. */
  readonly commandTimeoutMs: number;
  /** Told of each failed attempt to connect. */
  readonly onFault: (fault: unknown) => void;
}

/** The part of every key and channel that is ours, in a Redis that others may use too. */
export const redisPrefix = "signalbox:";

/**
 * Connects in the background and again whenever the connection is lost.
 * A command fails at once while there is no connection: waiting for one would
 * make a lost cache slower than none.
 */
export function connectRedis(url: string, { commandTimeoutMs, onFault }: RedisConnectionOptions): RedisConnection {
  const place = parseRedisUrl(url);
  const options = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 5_000,
    // TCP alone takes minutes to notice a peer that vanished without a word.
    keepAlive: 10_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Resubscribing is ours, so that subscribers are woken after it and not before.
    autoResubscribe: false,
    enableAutoPipelining: false,
    retryStrategy: backoff,
    ...(place.username ? { username: place.username } : {}),
    ...(place.password ? { password: place.password } : {}),
    ...(place.tls ? { tls: {} } : {}),
  } satisfies CommonRedisOptions;
  const connection = open();
  connection.on("error", onFault);
  return connection;

  function open(): RedisConnection {
    if (place.kind === "cluster") {
      return new Cluster([...place.nodes], { redisOptions: options, enableOfflineQueue: false, clusterRetryStrategy: backoff });
    }
    if (place.kind === "sentinel") {
      const { sentinels, master, db } = place;
      return new Redis({
        ...options,
        sentinels: [...sentinels],
        name: master,
        db,
        enableTLSForSentinelMode: place.tls,
        sentinelRetryStrategy: backoff,
      });
    }
    return new Redis({ ...options, host: place.host, port: place.port, db: place.db });
  }
}

/** Resolves once commands are accepted; rejects after `timeoutMs`. */
export async function redisReady(connection: RedisConnection, timeoutMs: number): Promise<void> {
  if (connection.status === "ready") return;
  await new Promise<void>((resolve, reject) => {
    const settle = (then: () => void) => {
      clearTimeout(timer);
      connection.off("ready", ready);
      then();
    };
    const ready = () => settle(resolve);
    const timer = setTimeout(() => settle(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`))), timeoutMs);
    connection.on("ready", ready);
  });
}

// Replicas that lost the same Redis do not come back in the same millisecond.
const backoff = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000) * (0.5 + Math.random() / 2);
