import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Handle } from "../artifacts/handle.ts";
import { misuse } from "../errors.ts";
import { toException } from "../exception.ts";
import type { Subject } from "../report/queue.ts";
import { type Handles, isReturnable, type NamedOutput, nameOutputs } from "./outputs.ts";
import { registerOutputs } from "./register-outputs.ts";
import type { StartReport, StepScope, StepWork } from "./run-step.ts";
import { openStep, type WorkingStep } from "./step.ts";

export interface Attempt<I extends Handles, R> {
  readonly scope: StepScope;
  readonly subject: Subject;
  readonly started: StartReport;
  readonly inputs: I;
  readonly work: StepWork<I, R>;
  /** Whether a failure is followed by another attempt. */
  readonly mayRetry: boolean;
  readonly cacheable: boolean;
  /** How long its outputs serve, where that has an end. */
  readonly cacheSeconds: number | undefined;
}

export type Outcome = { readonly kind: "done"; readonly returned: unknown } | { readonly kind: "retry" };

/** Calls the function once and reports how that ended. Fails as the function does, or where the server refused what was reported. */
export async function attemptStep<I extends Handles, R>(attempt: Attempt<I, R>): Promise<Outcome> {
  const { scope, subject, started, inputs } = attempt;
  const { reporter, store, emit, stopped } = scope;
  const begin = performance.now();
  const start = reporter.send(subject, started);
  const endSigns = reporter.live(subject);
  const working = openStep({ subject, inputs, signal: stopped, reporter, store, emit });
  emit({ kind: "started", ...subject });
  const ended = (outputs: readonly Handle<unknown>[]) => ({
    kind: "ended" as const,
    ...subject,
    outputs,
    metadata: working.facts,
    tookMs: performance.now() - begin,
  });
  try {
    const { returned, outputs } = await compute(attempt, working);
    endSigns();
    const end = reporter.send(subject, {
      case: "ended",
      value: {
        status: Status.COMPLETED,
        outputs: outputs.map(({ name, handle }) => ({ name, artifactVersion: handle.id })),
        ...(attempt.cacheSeconds !== undefined && { cacheExpireTime: timestampFromMs(Date.now() + attempt.cacheSeconds * 1000) }),
      },
    });
    await allReported(scope, subject, start, end);
    for (const { handle } of outputs) scope.producers.set(handle.id, subject.step);
    emit({ ...ended(outputs.map(({ handle }) => handle)), status: "completed", retry: false });
    return { kind: "done", returned };
  } catch (error) {
    endSigns();
    working.close();
    if (error instanceof NotReported) {
      emit({ ...ended([]), status: "failed", error: error.cause, retry: false });
      throw error.cause;
    }
    const status = stopped.aborted ? Status.STOPPED : Status.FAILED;
    const retry = status === Status.FAILED && attempt.mayRetry;
    const failed = status === Status.FAILED ? { exception: toException(error), retry } : { reason: "asked to stop" };
    const end = reporter.send(subject, { case: "ended", value: { status, ...failed } });
    emit({ ...ended([]), status: stopped.aborted ? "stopped" : "failed", error, retry });
    // The function's failure counts more than a refusal of the report about it.
    await Promise.allSettled([start, end]);
    if (!retry) throw error;
    return { kind: "retry" };
  }
}

async function compute<I extends Handles, R>(
  { scope, subject, inputs, work, cacheable }: Attempt<I, R>,
  working: WorkingStep<I>,
): Promise<{ returned: unknown; outputs: readonly NamedOutput[] }> {
  await Promise.all(Object.values(inputs).map((handle) => handle.load()));
  if (scope.stopped.aborted) throw scope.stopped.reason;
  const result = await unlessKilled(scope.killed, async () => work(working.step));
  const returned = isReturnable(result) ? result : working.step.save("output", result);
  working.close();
  const outputs = nameOutputs(
    returned,
    working.saved.map(({ handle }) => handle),
  );
  const own = new Set(working.saved.map(({ handle }) => handle));
  if (cacheable && outputs.some(({ handle, shape }) => shape !== undefined && !own.has(handle))) {
    throw misuse(
      `step "${subject.step}" returns a handle that it did not save, in a list or as the only member of an object, which a cache cannot give back: return the handle itself`,
    );
  }
  await working.written();
  const { connection, project, run } = scope;
  await registerOutputs({ connection, project, run, step: subject.step, saved: working.saved, outputs });
  return { returned, outputs };
}

/** What the function does after the run was killed is nobody's concern. */
async function unlessKilled<T>(killed: AbortSignal, work: () => Promise<T>): Promise<T> {
  let kill: (() => void) | undefined;
  const killing = new Promise<never>((_resolve, reject) => {
    kill = () => reject(killed.reason);
    killed.addEventListener("abort", kill, { once: true });
  });
  try {
    return await Promise.race([work(), killing]);
  } finally {
    if (kill) killed.removeEventListener("abort", kill);
  }
}

/** The work was done, but the server does not take the report of it. */
class NotReported extends Error {}

async function allReported({ reporter }: StepScope, { step }: Subject, ...receipts: readonly Promise<void>[]): Promise<void> {
  try {
    for (const receipt of receipts) await receipt;
    const [refusal] = reporter.refusals(step);
    if (refusal) throw refusal;
  } catch (cause) {
    throw new NotReported("not reported", { cause });
  }
}
