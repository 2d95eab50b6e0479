import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";

export interface LimitOptions {
  /** How many tasks run at once. */
  readonly running: number;
  /** How many may wait; more are refused. */
  readonly waiting: number;
}

/**
 * Runs a few tasks at a time, in the order they came. Fails with UNAVAILABLE
 * when too many wait already: a caller that would time out anyway costs less
 * when told at once.
 */
export function limiter({ running, waiting }: LimitOptions): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let active = 0;
  return async (task) => {
    if (active < running) {
      active += 1;
    } else {
      if (queue.length >= waiting) throw new SignalboxError(Reason.UNAVAILABLE, "too many are waiting already", { retryAfterMs: 1000 });
      // The slot is handed over by whoever leaves, so `active` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else active -= 1;
    }
  };
}
