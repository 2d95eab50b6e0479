import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { statusName } from "../status/transitions.ts";
import type { StepTable } from "../tables.ts";

export const transitionRefused = (what: string, from: Status, to: Status): SignalboxError =>
  new SignalboxError(Reason.TRANSITION_REFUSED, `${what} is ${statusName(from)} and cannot become ${statusName(to)}`, {
    metadata: { from: statusName(from), to: statusName(to) },
  });

export const notEnded = (what: string, status: Status): SignalboxError =>
  new SignalboxError(
    Reason.TRANSITION_REFUSED,
    `${what} is ${statusName(status)}: from when its outputs serve no more is said with its end`,
    {
      metadata: { from: statusName(status) },
    },
  );

export const notDynamic = (): SignalboxError =>
  new SignalboxError(Reason.TRANSITION_REFUSED, "the run is not dynamic: its steps are those of its snapshot, and no others are planned");

export const runEnded = (why: string): SignalboxError => new SignalboxError(Reason.RUN_ENDED, why);

/** The attempt is none that may report any more: another replaced it, or is to do so since the run was resumed. */
export function attemptStale(name: string, attempt: number, latest: Pick<StepTable, "attempt" | "status">): SignalboxError {
  if (latest.status !== Status.RETRIED) {
    const why = `attempt ${attempt} of step "${name}" was replaced by attempt ${latest.attempt}, which alone may report`;
    return new SignalboxError(Reason.ATTEMPT_STALE, why, { metadata: { latest: String(latest.attempt) } });
  }
  const next = String(latest.attempt + 1);
  const why = `attempt ${attempt} of step "${name}" was made before the run was resumed; the next one is attempt ${next}`;
  return new SignalboxError(Reason.ATTEMPT_STALE, why, { metadata: { next } });
}

export const generationStale = (generation: number, present: number): SignalboxError =>
  new SignalboxError(
    Reason.GENERATION_STALE,
    `the run is in generation ${present}, so nothing is taken of generation ${generation}: somebody else executes it`,
    { metadata: { present: String(present) } },
  );

/** Refuses who read another revision; an empty etag stands for whichever there is. */
export function etagMismatch(etag: string, revision: number): SignalboxError | undefined {
  if (etag === "" || etag === etagOf(revision)) return undefined;
  return new SignalboxError(Reason.ETAG_MISMATCH, "the run changed since its etag was read; read it again and repeat", {
    metadata: { etag: etagOf(revision) },
  });
}

export const stepUnknown = (name: string): SignalboxError => notFound("step", name);

/** How messages name a step. */
export const stepNamed = (name: string): string => `step "${name}"`;
