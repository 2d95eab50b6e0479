import { setTimeout as sleep } from "node:timers/promises";
import type { Cache } from "./cache.ts";

/** A value to keep, and for how long. Zero milliseconds: not at all. */
export interface Filled {
  readonly value: Uint8Array;
  readonly ttlMs: number;
}

export interface Filling {
  /** Makes the value. Its failure reaches the caller and is not kept. */
  readonly fill: (signal: AbortSignal) => Promise<Filled>;
  /** How long one replica may be at it before another tries. */
  readonly lockMs: number;
  readonly signal: AbortSignal;
}

// Waiting replicas look again so often: short against a call to a cloud, long against a look-up.
const pollMs = 25;

/**
 * The cached value, or a new one that one replica makes while the others wait.
 * Put a {@link singleFlight} around it, so that one process waits only once.
 */
export async function getOrFill(cache: Cache, key: string, { fill, lockMs, signal }: Filling): Promise<Buffer> {
  for (;;) {
    const held = await cache.get(key);
    if (held) return held;
    const release = await cache.once(key, lockMs);
    if (release) {
      try {
        // The former holder may have finished between the look and the lock.
        const made = await cache.get(key);
        if (made) return made;
        const { value, ttlMs } = await fill(signal);
        if (ttlMs >= 1) await cache.set(key, value, ttlMs);
        return Buffer.from(value);
      } finally {
        await release();
      }
    }
    await sleep(pollMs * (1 + Math.random()), undefined, { signal });
  }
}
