import { setTimeout as sleep } from "node:timers/promises";
import type { CachedStep } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Reservation, StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import type { Connection } from "../connection.ts";
import { failedWith } from "../errors.ts";
import type { Subject } from "../report/queue.ts";
import { backOffMs } from "../wire/retry.ts";

/** The server says something more often than this, or the stream is dead. */
const silenceMs = 30_000;
/** When it is away for longer, nobody is waited for any more: computing is always right. */
const awayMs = 10_000;
/** How long the key is held until the server hears of the step; and for how long where its process gives no signs of life. */
const holdSeconds = 60n;
const unheardHoldSeconds = 3600n;

export interface Reserving {
  readonly connection: Connection;
  readonly run: string;
  readonly heartbeatSeconds: number;
  readonly stopped: AbortSignal;
}

/**
 * Waits until an earlier step serves, or it is for this one to compute: then there is none. Is told who computes meanwhile.
 * Fails when the run is to stop.
 */
export async function reserveStep(
  { connection, run, heartbeatSeconds, stopped }: Reserving,
  { step, attempt }: Subject,
  cacheKey: string,
  heldBy: (holder: Reservation) => void,
): Promise<CachedStep | undefined> {
  const hold = { seconds: heartbeatSeconds > 0 ? holdSeconds : unheardHoldSeconds };
  let heardAt = Date.now();
  for (let failures = 0; !stopped.aborted; failures += 1) {
    const silent = new AbortController();
    const silence = setTimeout(() => silent.abort(), silenceMs);
    const signal = AbortSignal.any([stopped, silent.signal]);
    try {
      for await (const { outcome } of connection.client(StepService).reserveStep({ run, step, attempt, cacheKey, hold }, { signal })) {
        silence.refresh();
        heardAt = Date.now();
        failures = 0;
        if (outcome.case === "cached") return outcome.value;
        if (outcome.case === "granted") return undefined;
        if (outcome.case === "held") heldBy(outcome.value);
      }
    } catch (error) {
      if (!signal.aborted && !isPassing(error)) throw error;
    } finally {
      clearTimeout(silence);
    }
    if (Date.now() - heardAt > awayMs) return undefined;
    await sleep(backOffMs(failures), undefined, { signal: stopped }).catch(() => undefined);
  }
  throw stopped.reason;
}

/** Whether nobody can answer now. */
export const isPassing = (error: unknown): boolean =>
  failedWith(error, "UNAVAILABLE", "DEADLINE_EXCEEDED", "RATE_LIMITED", "OVERLOADED", "TOKEN_EXPIRED");
