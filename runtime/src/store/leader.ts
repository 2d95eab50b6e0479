import { setTimeout as sleep } from "node:timers/promises";
import { type Lease, whileHeld } from "./lease.ts";

export interface Leadership {
  /** How long the work stays undone, at most, after its leader dies. */
  readonly ttlMs: number;
  /** The pause between two rounds of work, and between two attempts to become leader. */
  readonly everyMs: number;
  /** One round, or a loop of its own until the signal aborts: then another may be leader. */
  readonly work: (leading: AbortSignal) => Promise<unknown>;
  readonly signal: AbortSignal;
  /** Hears of what a round or an attempt threw; the next comes after the pause. */
  readonly onError?: (error: unknown) => void;
}

/** Does the work while this process is the leader, for as long as the signal lets it. Resolves when it has stopped. */
export async function whileLeader(lease: Lease, { ttlMs, everyMs, work, signal, onError }: Leadership): Promise<void> {
  const pause = (ms: number, until: AbortSignal) => sleep(ms * (0.9 + 0.2 * Math.random()), undefined, { signal: until }).catch(() => {});
  while (!signal.aborted) {
    try {
      if (await lease.acquire(ttlMs)) {
        await whileHeld(lease, ttlMs, async (lost) => {
          const leading = AbortSignal.any([lost, signal]);
          while (!leading.aborted) {
            await work(leading);
            await pause(everyMs, leading);
          }
        });
      }
    } catch (error) {
      if (!signal.aborted) onError?.(error);
    }
    await pause(Math.min(everyMs, ttlMs / 2), signal);
  }
}
