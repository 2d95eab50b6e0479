import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../clock.ts";
import type { Outbox } from "../store/outbox.ts";

/** How long events are kept: a reader that was away longer hears RESYNC. */
export const keptDays = 30;

const hourMs = 3_600_000;

/** Drops events that are older than they are kept, an hour apart, for as long as the signal lets it. */
export async function retention(
  outbox: Outbox,
  signal: AbortSignal,
  { clock = systemClock, onError }: { readonly clock?: Clock; readonly onError?: (error: unknown) => void } = {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await outbox.prune(clock() - keptDays * 24 * hourMs * 1000)) > 0);
    } catch (error) {
      onError?.(error);
    }
    await sleep(hourMs * (0.9 + 0.2 * Math.random()), undefined, { signal }).catch(() => {});
  }
}
