import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { Resolution, type WaitCondition, WaitConditionStatus } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { PollMode, WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { assertJson } from "../canonical.ts";
import type { Connection } from "../connection.ts";
import { failedWith, misuse, SignalboxError } from "../errors.ts";
import { type Metadata, toValues } from "../metadata.ts";

export interface WaitFor {
  /** What people are asked. */
  readonly question?: string;
  /** The JSON Schema that the answer has to satisfy; any answer, or none, where absent. */
  readonly schema?: unknown;
  /** What helps to answer. */
  readonly metadata?: Metadata;
  /**
   * How long the program itself waits; for ever where absent. After that the run is paused, the program is to end, and another takes
   * the run up when it is answered: what it waits for under the same name is what was answered meanwhile.
   */
  readonly patienceSeconds?: number;
}

export interface Waiting {
  readonly connection: Connection;
  readonly run: string;
  /** Sets this program apart from others that wait. */
  readonly poller: string;
  readonly stopped: AbortSignal;
  /** Resolves when something of the run was answered. */
  readonly answered: () => Promise<void>;
  /** Ends the run for this program: it was aborted, or is paused. */
  readonly aborted: (error: SignalboxError) => void;
  readonly paused: () => Promise<unknown>;
}

/** Long enough for a program that is busy, short enough that a lost one is missed soon. */
const leaseSeconds = 60n;
const pollMs = 15_000;
/** How soon it is looked again after another program that may be gone, or a server that is away. */
const retryMs = 2_000;

/** Waits for an answer from outside, and gives it. Fails with RUN_STOPPED where the answer was to abort, and with RUN_PAUSED where patience ended. */
export async function waitFor(waiting: Waiting, name: string, options: WaitFor): Promise<unknown> {
  const { connection, run, stopped, poller } = waiting;
  const { question = "", schema, metadata = {}, patienceSeconds = Number.POSITIVE_INFINITY } = options;
  if (!(patienceSeconds >= 0)) throw misuse(`patienceSeconds is ${patienceSeconds}; it takes 0 or more`);
  if (schema !== undefined) assertJson(schema, "schema");
  const client = connection.client(WaitConditionService);
  const asked = await client.createWaitCondition({
    ...{ run, name, question, metadata: toValues(metadata) },
    ...(schema !== undefined && { schema: { text: JSON.stringify(schema) } }),
  });
  const until = performance.now() + patienceSeconds * 1000;
  const poll = async (mode: PollMode) => {
    const answer = await client.pollWaitCondition({ run, waitCondition: name, poller, mode, lease: { seconds: leaseSeconds } });
    return answer.waitCondition;
  };

  for (let condition = asked.waitCondition; ; ) {
    const left = until - performance.now();
    // Taken first, so that no answer comes between the look and the wait.
    const heard = waiting.answered();
    if (condition?.status !== WaitConditionStatus.RESOLVED) {
      if (stopped.aborted) throw stopped.reason;
      condition = await passing(() => poll(left <= 0 ? PollMode.FINISH : PollMode.KEEP));
    }
    if (condition?.status === WaitConditionStatus.RESOLVED) return resultOf(condition, waiting);
    if (condition && left <= 0) {
      await waiting.paused();
      const message = `the run is paused until "${name}" is answered`;
      throw new SignalboxError({ reason: "RUN_PAUSED", message, code: Code.FailedPrecondition });
    }
    await news(heard, stopped, Math.max(0, Math.min(condition ? pollMs : retryMs, left)));
  }
}

/** What a poll found; undefined where it is worth another try. */
async function passing(poll: () => Promise<WaitCondition | undefined>): Promise<WaitCondition | undefined> {
  try {
    return await poll();
  } catch (error) {
    const away = error instanceof SignalboxError && error.code === Code.Unavailable;
    if (away || failedWith(error, "LEASE_HELD", "RATE_LIMITED", "OVERLOADED", "DEADLINE_EXCEEDED")) return undefined;
    throw error;
  }
}

/** Settles when there may be something new: an answer, a stop, or time to look. */
async function news(heard: Promise<void>, stopped: AbortSignal, withinMs: number): Promise<void> {
  const over = new AbortController();
  const stop = () => over.abort();
  stopped.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([heard, sleep(withinMs, undefined, { signal: over.signal }).catch(() => undefined)]);
  } finally {
    stopped.removeEventListener("abort", stop);
    over.abort();
  }
}

function resultOf({ name, resolution, result }: WaitCondition, { aborted }: Waiting): unknown {
  if (resolution === Resolution.CONTINUE) return result && JSON.parse(result.text);
  const error = new SignalboxError({ reason: "RUN_STOPPED", message: `the run was aborted at "${name}"`, code: Code.Canceled });
  aborted(error);
  throw error;
}
