import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { Pause, Stopping } from "../status/derive.ts";
import { downstreamOf, followersOf } from "../status/plan.ts";
import { count } from "../status/tally.ts";
import { canReopen, isEnded } from "../status/transitions.ts";
import { never } from "../tables.ts";
import type { RunDraft, StepDraft } from "./draft.ts";
import { record, settle } from "./move.ts";
import { etagMismatch, transitionRefused } from "./refusal.ts";
import { forgetEnd } from "./told.ts";

/** How a run is taken up again. */
export interface Reopening {
  /** Of the run as it was decided upon; empty for however it is. */
  readonly etag: string;
  readonly reason: string;
  /** Whether somebody executes it already. */
  readonly running: boolean;
  /** 0 for never. */
  readonly heartbeatTimeout: Micros;
}

/**
 * Begins the next generation of a run that failed, was stopped, or is paused. What did not succeed is to be done again, each step by its next
 * attempt; what did stays as it is.
 */
export function applyReopen(draft: RunDraft, { etag, reason, running, heartbeatTimeout }: Reopening): SignalboxError | undefined {
  const { run, now, dbNow } = draft;
  const stale = etagMismatch(etag, run.revision);
  if (stale) return stale;
  // Nobody executes it: it was answered, or is to wait on by another program.
  const isPaused = run.pause !== Pause.NO && run.unfinished === 0 && run.stopping === Stopping.NO;
  if (run.inProgress === 1 && !isPaused)
    return new SignalboxError(Reason.RUN_IN_PROGRESS, "something of the run is in progress; stop it first, or wait");
  if (!isPaused && !canReopen(run.status)) return transitionRefused("the run", run.status, running ? Status.RUNNING : Status.INITIALIZING);
  run.generation += 1;
  for (const step of unsuccessful(draft)) tryAgain(draft, step);
  draft.blocked = undefined;
  forgetEnd(draft);
  Object.assign(run, {
    ...{ blocked: 0, stopping: Stopping.NO, ended: Status.UNSPECIFIED, inProgress: 1 },
    pause: isPaused && !running ? Pause.RESUMING : Pause.NO,
    startTime: isPaused ? run.startTime : running ? now : 0,
    ...{ endTime: 0, closedTime: 0, heartbeatTime: now, heartbeatTimeout },
    heartbeatExpiresTime: heartbeatTimeout > 0 ? dbNow + heartbeatTimeout : never,
  });
  draft.changed = true;
  draft.effects.events.push({ time: now, kind: "run.resumed", step: "", attempt: 0 });
  settle(draft, now, "");
  run.statusReason = reason;
  return undefined;
}

/** The steps that failed, were stopped or did not come to their end, and those that were left out because of that: what was left out by choice stays so. */
function unsuccessful(draft: RunDraft): StepDraft[] {
  const latest = [...draft.steps.values()].flatMap((attempts) => attempts.at(-1) ?? []);
  const failed = latest.filter(({ row: { status } }) => !isEnded(status) || status === Status.FAILED || status === Status.STOPPED);
  const plan = new Map([...draft.plan, ...draft.planned]);
  for (const { row } of latest) if (!draft.plan.has(row.name)) plan.set(row.name, JSON.parse(row.upstream) as string[]);
  const after = downstreamOf(
    followersOf(plan),
    failed.map(({ row }) => row.name),
  );
  return [...failed, ...latest.filter(({ row: { name, status } }) => status === Status.SKIPPED && after.has(name))];
}

function tryAgain(draft: RunDraft, step: StepDraft): void {
  const { run, now } = draft;
  const { row } = step;
  count(run, row.status, -1);
  run.pending += 1;
  draft.standing?.delete(row.name);
  row.status = Status.RETRIED;
  row.statusReason = `to be tried again in generation ${run.generation}`;
  row.endTime ||= now;
  row.heartbeatExpiresTime = never;
  step.changed = true;
  record(draft, step, now);
}
