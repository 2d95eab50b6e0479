import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { type Run as RunRecord, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Connection } from "../connection.ts";
import { failedWith, misuse, SignalboxError } from "../errors.ts";
import { toException } from "../exception.ts";
import { type About, type Metadata, toValues } from "../metadata.ts";
import { type ModelVersion, type RegisterModel, registerModel } from "../models.ts";
import { openReporter } from "../report/reporter.ts";
import { callHook, type HookType } from "./call-hook.ts";
import type { Earlier } from "./earlier.ts";
import type { StepEvent } from "./events.ts";
import type { Handles, Output } from "./outputs.ts";
import { patienceMs } from "./register-outputs.ts";
import { runStep, type StepOptions, type StepScope, type StepWork } from "./run-step.ts";
import { runTokenCredential } from "./run-token.ts";
import type { ChildRun } from "./start-run.ts";
import { checkName } from "./step.ts";
import { type UpdateRun, updateRun } from "./update-run.ts";
import { type WaitFor, waitFor } from "./wait-for.ts";

/** A run that this process executes. */
export interface Run extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** The UUID of the project. */
  readonly project: string;
  readonly pipeline: string;
  /** Aborts when the run is to stop. No step begins after that. */
  readonly stopped: AbortSignal;
  /**
   * Executes a step and records what it consumed, what it produced and how it
   * ended. Names are unique in the run. What the function throws is recorded
   * and thrown on.
   */
  step<R>(name: string, work: StepWork<Record<never, never>, R>): Promise<Output<R>>;
  step<I extends Handles, R>(name: string, options: StepOptions<I>, work: StepWork<I, R>): Promise<Output<R>>;
  /**
   * Says which steps are to follow, by name or with the names of those before them, so that who looks at the run sees them before they
   * begin. Those that are known stay as they are; what never begins is shown as skipped in the end. Settles when the server has it.
   */
  plan(steps: readonly (string | PlannedStep)[]): Promise<void>;
  /**
   * Starts a run of which this one is the parent. Of one key there is one child: whoever asks again takes part in the
   * same run. The parent neither waits for it nor fails with it.
   */
  child(key: string, options?: ChildRun): Promise<Run>;
  /**
   * Asks something, and settles with the answer when somebody gave it (`signalbox runs answer`). Names are unique in the run: who asks
   * under the same name again, such as the program after it was started anew, gets the same answer. Fails with RUN_STOPPED where the
   * answer was to abort, and with RUN_PAUSED where nobody answered in time: then the program has left the run.
   */
  waitFor<T = unknown>(name: string, options?: WaitFor): Promise<T>;
  /**
   * Calls a hook beside the steps, such as to tell somebody that the run failed, and records how that ended. What the function throws
   * is recorded and thrown on; the run does not fail with it.
   */
  hook<R>(type: HookType, name: string, work: () => R): Promise<Awaited<R>>;
  /** Records facts about the run as a whole. */
  metadata(facts: Metadata, about?: About): void;
  /** Makes the next version of a model from artifacts of the run; the model is created where there is none. */
  registerModel(model: RegisterModel): Promise<ModelVersion>;
  /** Tells of the run as a whole: the model version that it works for, what its orchestrator runs in, how long it may be silent. */
  update(change: UpdateRun): Promise<RunRecord>;
  /**
   * Waits for the steps under way, ends the run and gives it as it ended, with the artifacts that it gives as a whole, if any. A run
   * with a failed step has failed, whatever else.
   */
  finish(options?: { readonly outputs?: Handles }): Promise<RunRecord>;
  /** Ends the run as failed. */
  fail(error: unknown): Promise<RunRecord>;
  /** Waits for the steps under way and until all is durable. The run itself goes on: others report on it. */
  leave(): Promise<void>;
}

export interface PlannedStep {
  readonly name: string;
  /** The names of the steps before it. */
  readonly upstream?: readonly string[];
}

export type StartChild = (parent: Pick<Run, "id" | "project" | "pipeline">, key: string, options: ChildRun) => Promise<Run>;

export interface RunOptions {
  /** As whoever started the run. */
  readonly connection: Connection;
  readonly record: RunRecord;
  readonly store: ArtifactStore;
  readonly cache: boolean;
  readonly heartbeatSeconds: number;
  readonly packageHash: () => Promise<string>;
  readonly onEvent: (event: StepEvent) => void;
  /** Whether somebody else started the run and ends it. */
  readonly joined: boolean;
  readonly startChild: StartChild;
  /** What the run did before it was resumed, or has from the run that it repeats. */
  readonly earlier: Earlier;
}

interface Ending {
  readonly reason?: string;
  readonly error?: unknown;
  readonly outputs?: Handles;
}

/** How many steps a report plans. */
const mostPlanned = 1000;

const stopError = () => new SignalboxError({ reason: "RUN_STOPPED", message: "the run was asked to stop", code: Code.Canceled });

export function openRun({
  connection,
  record,
  store,
  cache,
  heartbeatSeconds,
  packageHash,
  onEvent,
  joined,
  startChild,
  earlier,
}: RunOptions): Run {
  const { id, name, project, pipelineName: pipeline } = record;
  const stop = new AbortController();
  const kill = new AbortController();
  const token = runTokenCredential(connection, id);
  const asRun = connection.as(token);
  const own = `sdk-${randomBytes(4).toString("hex")}`;
  const listening = new Set<() => void>();
  const reporter = openReporter({
    connection: asRun,
    run: id,
    reporter: own,
    generation: record.generation,
    heartbeatMs: heartbeatSeconds > 0 ? Math.min(15_000, (heartbeatSeconds * 1000) / 3) : 0,
    renewToken: async () => token(await token()),
    onStop(force) {
      stop.abort(stopError());
      if (force) kill.abort(stopError());
    },
    onAnswer() {
      for (const hear of listening) hear();
      listening.clear();
    },
  });
  const names = new Set<string>();
  const working = new Set<Promise<unknown>>();
  let failure: { readonly error: unknown } | undefined;
  let ending: Promise<RunRecord> | undefined;
  const scope: StepScope = {
    ...{
      project,
      run: id,
      pipeline,
      connection: asRun,
      reporter,
      store,
      cache,
      heartbeatSeconds,
      packageHash,
      earlier,
      overrides: record.overrides,
    },
    stopped: stop.signal,
    killed: kill.signal,
    producers: new Map(),
    emit: onEvent,
  };

  async function step<I extends Handles, R>(
    name: string,
    ...rest: [StepWork<I, R>] | [StepOptions<I>, StepWork<I, R>]
  ): Promise<Output<R>> {
    const [options, work] = rest.length === 2 ? rest : [{}, rest[0]];
    checkName(name, "a step");
    if (typeof work !== "function") throw misuse(`step "${name}" has no function to call`);
    if (ending) throw misuse(`the run has ended; step "${name}" comes too late`);
    if (names.has(name)) throw misuse(`the run has a step "${name}" already; names of steps are unique in a run`);
    if (stop.signal.aborted) throw stop.signal.reason;
    names.add(name);
    const doing = runStep(scope, name, options, work);
    working.add(doing);
    try {
      return await doing;
    } catch (error) {
      failure ??= { error };
      throw error;
    } finally {
      working.delete(doing);
    }
  }

  function endOnce(status: Status, facts: Ending = {}): Promise<RunRecord> {
    ending ??= end(status, facts);
    return ending;
  }

  async function leave(): Promise<RunRecord> {
    await Promise.allSettled(working);
    await reporter.close().catch(passIfOver);
    return record;
  }

  async function end(status: Status, facts: Ending): Promise<RunRecord> {
    await Promise.allSettled(working);
    const outputs = Object.entries(facts.outputs ?? {}).map(([name, { id: artifactVersion }]) => ({ name, artifactVersion }));
    const exception = facts.error === undefined ? {} : { exception: toException(facts.error) };
    const reason = facts.reason ? { reason: facts.reason } : {};
    const receipt = reporter.send({ step: "", attempt: 0 }, { case: "runEnded", value: { status, outputs, ...exception, ...reason } });
    await receipt.catch(passIfOver);
    const [refusal] = reporter.refusals("");
    await reporter.close().catch(passIfOver);
    if (refusal) throw refusal;
    const { run } = await asRun.client(RunService).getRun({ run: id }, { timeoutMs: patienceMs });
    return run ?? record;
  }

  return {
    ...{ id, name, project, pipeline, stopped: stop.signal, step },
    async plan(steps) {
      const planned = steps.map((step) => (typeof step === "string" ? { name: step } : step));
      for (const each of planned) checkName(each.name, "a step");
      if (ending) throw misuse("the run has ended; plans come too late");
      for (let at = 0; at < planned.length; at += mostPlanned) {
        const some = planned.slice(at, at + mostPlanned).map(({ name, upstream = [] }) => ({ name, upstream: [...upstream] }));
        await reporter.send({ step: "", attempt: 0 }, { case: "planned", value: { steps: some } });
      }
    },
    async child(key, options = {}) {
      checkName(key, "a child run");
      return startChild({ id, project, pipeline }, key, options);
    },
    async waitFor<T>(name: string, options: WaitFor = {}) {
      checkName(name, "what is waited for");
      if (ending) throw misuse(`the run has ended; waiting for "${name}" comes too late`);
      const waiting = { connection: asRun, run: id, poller: own, stopped: stop.signal };
      const aborted = (error: unknown) => stop.abort(error);
      const paused = () => (ending ??= leave());
      return (await waitFor(
        { ...waiting, answered: () => new Promise<void>((hear) => listening.add(hear)), aborted, paused },
        name,
        options,
      )) as T;
    },
    hook: (type, name, work) => callHook(asRun, id, type, name, work),
    metadata: (facts, { component = "" } = {}) =>
      reporter.note({ step: "", attempt: 0 }, { case: "metadata", value: { values: toValues(facts), component } }),
    registerModel: (model) => registerModel(connection, { ...model, project, run: id }),
    update: (change) => updateRun(asRun, id, change),
    finish: ({ outputs = {} } = {}) => endOnce(stop.signal.aborted ? Status.STOPPED : Status.COMPLETED, { outputs }),
    // A step has told of its own failure.
    fail: (error) => endOnce(Status.FAILED, failure?.error === error ? {} : { error }),
    async leave() {
      ending ??= leave();
      await ending;
    },
    async [Symbol.asyncDispose]() {
      if (joined) ending ??= leave();
      await endOnce(Status.FAILED, failure ? {} : { reason: "the program left the run without finishing it" });
    },
  };
}

/** A failed step may have ended the run before. */
function passIfOver(error: unknown): void {
  if (!failedWith(error, "RUN_ENDED", "TRANSITION_REFUSED", "TOKEN_REVOKED")) throw error;
}
