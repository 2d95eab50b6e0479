import { setTimeout as sleep } from "node:timers/promises";
import { InputKind, type InputOverride, StepKind as Kind, Status, type StepOutput } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { assertHandles, type Handle } from "../artifacts/handle.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import { cacheKeyOf, codeHashOf } from "../cache/cache-key.ts";
import { assertJson } from "../canonical.ts";
import type { Connection } from "../connection.ts";
import { misuse } from "../errors.ts";
import { cut } from "../exception.ts";
import type { Subject } from "../report/queue.ts";
import type { Reporter } from "../report/reporter.ts";
import { attemptStep } from "./attempt-step.ts";
import { type CachedOutputs, outputsOf } from "./cached-outputs.ts";
import { type Earlier, isDone, readOutputs } from "./earlier.ts";
import type { StepEvent } from "./events.ts";
import { type Handles, type Output, returnedFrom } from "./outputs.ts";
import { overridesOf } from "./replay.ts";
import { reserveStep } from "./reserve.ts";
import type { Step } from "./step.ts";

/** What a step of an agent calls. */
export type StepKind = "tool-call" | "llm-call" | "memory-call";

export interface StepOptions<I extends Handles = Handles> {
  /** What the step consumes, by the names that it gives them. They are loaded before the function is called. */
  readonly inputs?: I;
  /** What it is started with; JSON. A part of its cache key. */
  readonly parameters?: unknown;
  /** Whether outputs of an earlier step with the same code, parameters and inputs serve instead; as the run has it where absent. */
  readonly cache?: boolean;
  /** How long its outputs may serve later steps; without end where absent. */
  readonly cacheSeconds?: number;
  /** What it does, where that is a call of an agent. */
  readonly kind?: StepKind;
  /** The UUID of the model version that it works on. */
  readonly modelVersion?: string;
  /** How often a failed step is tried again; 0 where absent. */
  readonly retries?: number;
  /** How long to wait before each of them; 1 second where absent. */
  readonly retryDelaySeconds?: number;
}

/** What the steps of a run share. */
export interface StepScope {
  /** The UUIDs of the project and the run. */
  readonly project: string;
  readonly run: string;
  readonly pipeline: string;
  /** As the run, by its token. */
  readonly connection: Connection;
  readonly reporter: Reporter;
  readonly store: ArtifactStore;
  readonly cache: boolean;
  readonly heartbeatSeconds: number;
  /** Aborts when the run is to stop, and when its steps are not waited for any more. */
  readonly stopped: AbortSignal;
  readonly killed: AbortSignal;
  /** The names of the steps that produced versions in this run. */
  readonly producers: Map<string, string>;
  readonly packageHash: () => Promise<string>;
  /** What the run did before it was resumed, or has from the run that it repeats. */
  readonly earlier: Earlier;
  /** What steps are to consume instead. */
  readonly overrides: readonly InputOverride[];
  readonly emit: (event: StepEvent) => void;
}

export type StepWork<I extends Handles, R> = (step: Step<I>) => R | Promise<R>;

/** Executes a step: from what the run did before it was resumed or from the cache where it may, else attempt by attempt. */
export async function runStep<I extends Handles, R>(
  scope: StepScope,
  name: string,
  options: StepOptions<I>,
  work: StepWork<I, R>,
): Promise<Output<R>> {
  const before = scope.earlier.get(name);
  if (before && isDone(before)) return (await serveEarlier(scope, { step: name, attempt: before.attempt }, before.outputs)) as Output<R>;
  const { parameters, cache = scope.cache, cacheSeconds, kind, modelVersion = "", retries = 0, retryDelaySeconds = 1 } = options;
  if (parameters !== undefined) assertJson(parameters, `parameters of step "${name}"`);
  const instead = await overridesOf(scope, scope.overrides, name);
  const inputs = { ...options.inputs, ...instead } as I;
  assertHandles(inputs, `an input of step "${name}"`);
  const codeHash = codeHashOf(work, await scope.packageHash());
  const cacheKey = cache ? cacheKeyOf({ ...scope, step: name, codeHash, parameters, inputs: digestsOf(name, inputs) }) : "";
  const sourceCode = cut(String(work), mostCodeBytes);
  const started = startReport(scope, { inputs, instead, parameters, cacheKey, codeHash, sourceCode, kind, modelVersion });
  const last = before?.attempt ?? 0;
  for (let attempt = last + 1; ; attempt += 1) {
    const subject: Subject = { step: name, attempt };
    const cached = cacheKey && (await awaitCached(scope, subject, started, cacheKey));
    if (cached) return (await serveCached(scope, subject, started, cached)) as Output<R>;
    const outcome = await attemptStep({
      scope,
      subject,
      started,
      inputs,
      work,
      mayRetry: attempt - last <= retries,
      cacheable: cache,
      cacheSeconds: cache ? cacheSeconds : undefined,
    });
    if (outcome.kind === "done") return outcome.returned as Output<R>;
    await sleep(retryDelaySeconds * 1000, undefined, { signal: scope.stopped }).catch(() => undefined);
    if (scope.stopped.aborted) throw scope.stopped.reason;
  }
}

/** Gives what the step gave before the run was resumed. Nothing is reported: the server has it. */
async function serveEarlier(scope: StepScope, subject: Subject, outputs: readonly StepOutput[]): Promise<unknown> {
  const begin = performance.now();
  const found = await readOutputs(scope, outputs);
  const handles = found.map(({ handle }) => handle);
  for (const { id } of handles) scope.producers.set(id, subject.step);
  scope.emit({ kind: "started", ...subject });
  const tookMs = performance.now() - begin;
  scope.emit({ kind: "ended", ...subject, status: "kept", tookMs, outputs: handles, metadata: {}, retry: false });
  return returnedFrom(found);
}

/** The outputs of another step that serve, once whoever computes them is done; undefined where it is for this one to compute. */
async function awaitCached(scope: StepScope, subject: Subject, started: StartReport, cacheKey: string): Promise<CachedOutputs | undefined> {
  const { reporter, emit } = scope;
  let endSigns: (() => void) | undefined;
  let waitsFor = "";
  try {
    const cached = await reserveStep(scope, subject, cacheKey, ({ runName }) => {
      if (!endSigns) {
        void reporter.send(subject, asWaiting(started));
        endSigns = reporter.live(subject);
      }
      if (runName !== waitsFor) emit({ kind: "waiting", ...subject, run: runName });
      waitsFor = runName;
    });
    return cached && (await outputsOf(scope, cached));
  } catch (error) {
    if (endSigns && scope.stopped.aborted) {
      await reporter.send(subject, { case: "ended", value: { status: Status.STOPPED, reason: "asked to stop" } }).catch(() => undefined);
    }
    throw error;
  } finally {
    endSigns?.();
  }
}

/** A step that is known and not at work: what runs is computed, and cannot become cached. */
const asWaiting = (started: StartReport) => ({ ...started, value: { ...started.value, status: Status.INITIALIZING } });

async function serveCached(
  scope: StepScope,
  subject: Subject,
  started: StartReport,
  { step, runName, outputs }: CachedOutputs,
): Promise<unknown> {
  const begin = performance.now();
  scope.emit({ kind: "started", ...subject });
  const start = scope.reporter.send(subject, asWaiting(started));
  const end = scope.reporter.send(subject, {
    case: "ended",
    value: {
      status: Status.CACHED,
      cachedFrom: step,
      outputs: outputs.map(({ name, handle }) => ({ name, artifactVersion: handle.id })),
    },
  });
  await start;
  await end;
  for (const { handle } of outputs) scope.producers.set(handle.id, subject.step);
  const handles = outputs.map(({ handle }) => handle);
  const tookMs = performance.now() - begin;
  scope.emit({ kind: "ended", ...subject, status: "cached", tookMs, outputs: handles, metadata: {}, cachedFrom: runName, retry: false });
  return returnedFrom(outputs);
}

const mostCodeBytes = 65_535;

export type StartReport = ReturnType<typeof startReport>;

interface Start {
  readonly inputs: Handles;
  /** Those of the inputs that are others than the program has. */
  readonly instead: Handles;
  readonly parameters: unknown;
  readonly cacheKey: string;
  readonly codeHash: string;
  readonly sourceCode: string;
  readonly kind: StepKind | undefined;
  readonly modelVersion: string;
}

const kinds = { "tool-call": Kind.TOOL_CALL, "llm-call": Kind.LLM_CALL, "memory-call": Kind.MEMORY_CALL } as const;

function startReport({ producers, heartbeatSeconds }: StepScope, { inputs, instead, parameters, kind, ...said }: Start) {
  const upstream = new Set<string>();
  const consumed = Object.entries(inputs).map(([name, { id }]) => {
    if (Object.hasOwn(instead, name)) return { name, artifactVersion: id, kind: InputKind.OVERRIDE };
    const producer = producers.get(id);
    if (producer !== undefined) upstream.add(producer);
    return { name, artifactVersion: id, kind: producer === undefined ? InputKind.EXTERNAL : InputKind.STEP_OUTPUT };
  });
  return {
    case: "started" as const,
    value: {
      status: Status.RUNNING,
      upstream: [...upstream],
      inputs: consumed,
      ...said,
      ...(kind && { kind: kinds[kind] }),
      ...(parameters !== undefined && { parameters: { text: JSON.stringify(parameters) } }),
      ...(heartbeatSeconds > 0 && { heartbeatTimeout: { seconds: BigInt(heartbeatSeconds) } }),
    },
  };
}

function digestsOf(step: string, inputs: Handles): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, handle]) => [name, digestOrRefuse(step, name, handle)]));
}

function digestOrRefuse(step: string, name: string, handle: Handle<unknown>): string {
  if (handle.digest) return handle.digest;
  throw misuse(`input "${name}" of step "${step}" has no digest, so the step cannot be cached: pass cache: false`);
}
