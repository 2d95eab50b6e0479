import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Tally } from "./tally.ts";

/** How a run was asked to stop: not, letting its steps finish, or killing them. Kept as a number in its row. */
export const Stopping = { NO: 0, GRACEFUL: 1, FORCED: 2 } as const;

/** Whether a run waits for an answer while nobody executes it, or was answered and waits to be taken up. Kept as a number in its row. */
export const Pause = { NO: 0, PAUSED: 1, RESUMING: 2 } as const;

/** What decides the status of a run: columns of its row. Flags are 0 or 1. */
export interface Facts extends Tally {
  readonly executionMode: ExecutionMode;
  readonly dynamic: number;
  readonly stopping: number;
  /** One of Pause. */
  readonly pause: number;
  /** What the reporter said when it said that no more steps follow; UNSPECIFIED before. */
  readonly ended: Status;
  /** When the run began to run; 0 before. */
  readonly startTime: number;
}

export interface Standing {
  readonly status: Status;
  /** Whether any step may still do something. */
  readonly inProgress: boolean;
}

const hasFailed = ({ failed, ended }: Facts) => failed > 0 || ended === Status.FAILED;

/** Where a run stands, from what is known of its steps. The table in derive.test.ts says it in cases. */
export function derive(facts: Facts): Standing {
  const inProgress = isOpen(facts);
  if (hasFailed(facts)) return { status: Status.FAILED, inProgress };
  if (facts.stopping !== Stopping.NO) return { status: inProgress ? Status.STOPPING : Status.STOPPED, inProgress };
  if (inProgress) return { status: goingOn(facts), inProgress };
  const cut = facts.stopped > 0 && facts.ended === Status.UNSPECIFIED;
  return { status: cut ? Status.STOPPED : Status.COMPLETED, inProgress };
}

function goingOn({ pause, startTime }: Facts): Status {
  if (pause === Pause.PAUSED) return Status.PAUSED;
  if (pause === Pause.RESUMING) return Status.RESUMING;
  return startTime > 0 ? Status.RUNNING : Status.INITIALIZING;
}

function isOpen(facts: Facts): boolean {
  const { unfinished, pending, blocked } = facts;
  if (facts.stopping !== Stopping.NO || facts.ended !== Status.UNSPECIFIED) return unfinished > 0;
  if (facts.dynamic === 1) return true;
  if (facts.failed === 0) return unfinished + pending > 0;
  if (facts.executionMode === ExecutionMode.CONTINUE_ON_FAILURE) return unfinished + pending - blocked > 0;
  return unfinished > 0;
}

/** Whether a step of which nothing was reported may begin. Where a failure leaves others running, it must also not depend on that failure. */
export function mayBegin(facts: Facts): boolean {
  if (!isOpen(facts) || facts.stopping !== Stopping.NO || facts.ended !== Status.UNSPECIFIED) return false;
  return facts.failed === 0 || facts.executionMode === ExecutionMode.CONTINUE_ON_FAILURE;
}

/** Whether another attempt of a step that was begun may follow. */
export function mayRetry(facts: Facts): boolean {
  if (!isOpen(facts) || facts.stopping !== Stopping.NO || facts.ended !== Status.UNSPECIFIED) return false;
  return facts.failed === 0 || !isFailFast(facts);
}

/** What whoever reports on the run is told: undefined while it goes on, else whether running steps are to be killed. */
export function stopOf(facts: Facts): { readonly force: boolean } | undefined {
  if (facts.stopping !== Stopping.NO) return { force: facts.stopping === Stopping.FORCED || (hasFailed(facts) && isFailFast(facts)) };
  return hasFailed(facts) && isFailFast(facts) ? { force: true } : undefined;
}

const isFailFast = ({ executionMode }: Pick<Facts, "executionMode">): boolean =>
  executionMode !== ExecutionMode.STOP_ON_FAILURE && executionMode !== ExecutionMode.CONTINUE_ON_FAILURE;
