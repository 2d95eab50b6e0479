import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { statusName } from "../status/transitions.ts";
import type { StepTable } from "../tables.ts";

export const transitionRefused = (what: string, from: Status, to: Status): SignalboxError =>
  new SignalboxError(Reason.TRANSITION_REFUSED, `${what} is ${statusName(from)} and cannot become ${statusName(to)}`, {
    metadata: { from: statusName(from), to: statusName(to) },
  });

export const runEnded = (why: string): SignalboxError => new SignalboxError(Reason.RUN_ENDED, why);

export const attemptStale = (name: string, attempt: number, latest: Pick<StepTable, "attempt">): SignalboxError =>
  new SignalboxError(
    Reason.ATTEMPT_STALE,
    `attempt ${attempt} of step "${name}" was replaced by attempt ${latest.attempt}, which alone may report`,
    { metadata: { latest: String(latest.attempt) } },
  );

export const stepUnknown = (name: string): SignalboxError => notFound("step", name);

/** How messages name a step. */
export const stepNamed = (name: string): string => `step "${name}"`;
