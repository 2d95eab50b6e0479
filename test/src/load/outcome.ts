import { Code } from "@connectrpc/connect";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { SignalboxError } from "@signalbox/sdk";
import { expect } from "vitest";
import type { Ledger } from "./ledger.ts";

/** No call failed: a client saw a delay at most, and no longer one than this. */
export function expectOnlyDelay({ failures, slowestMs }: Ledger, withinMs: number): void {
  expect(told(failures)).toEqual([]);
  expect(slowestMs, "the slowest thing that a client did").toBeLessThan(withinMs);
}

const told = (failures: Ledger["failures"]): readonly string[] => failures.map(({ doing, error }) => `${doing}: ${describe(error)}`);

const describe = (error: unknown): string =>
  error instanceof SignalboxError ? `${Code[error.code]} ${error.reason} ${error.message}` : String(error);

/** Waits until every kind of client has got something done since now. */
export async function progress({ runs, acts, failures }: Ledger, withinMs: number): Promise<void> {
  const before = { runs: runs.length, acts: acts.length };
  const began = performance.now();
  while (runs.length < before.runs + 2 || acts.length < before.acts + 2) {
    if (performance.now() - began > withinMs)
      throw new Error(`the load got nothing done in ${withinMs / 1000} s; ${told(failures).join("; ")}`);
    await sleep(20);
  }
}
