import { setTimeout as sleep } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { cancelled, SignalboxError } from "../errors.ts";

const firstDelayMs = 50;
const longestDelayMs = 2_000;

/**
 * Repeats a call that failed because nobody could answer. A method that may be
 * repeated is repeated after any such failure, another only where its request
 * surely was not sent or was turned away by a limit. No repeat begins
 * after `until` (milliseconds since 1970).
 */
export async function retrying<T>(
  method: DescMethod,
  until: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayRepeat(method, error)) throw error;
      const delay = Math.max(backOffMs(failures), error.retryAfterMs ?? 0);
      if (Date.now() + delay >= until) throw error;
      await pause(delay, signal);
    }
  }
}

/** How long to wait after so many failures in a row: doubling, and jittered so that many clients do not come back at once. */
export function backOffMs(failures: number, longest = longestDelayMs): number {
  const delay = Math.min(firstDelayMs * 2 ** Math.min(failures, 20), longest);
  return delay * (0.5 + Math.random() / 2);
}

function mayRepeat(method: DescMethod, error: unknown): error is SignalboxError {
  if (!(error instanceof SignalboxError)) return false;
  if (error.reason === "RATE_LIMITED" || error.reason === "OVERLOADED") return true;
  if (error.code !== Code.Unavailable) return false;
  return error.unsent || method.idempotency !== Level.IDEMPOTENCY_UNKNOWN;
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal ? { signal } : undefined);
  } catch {
    throw cancelled(signal as AbortSignal);
  }
}
