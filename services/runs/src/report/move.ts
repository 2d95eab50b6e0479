import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { derive, mayRetry, Pause, Stopping } from "../status/derive.ts";
import { downstreamOf } from "../status/plan.ts";
import { count } from "../status/tally.ts";
import { isEnded, statusName } from "../status/transitions.ts";
import { never } from "../tables.ts";
import { blockedOf, followers, isPlanned, type RunDraft, type StepDraft } from "./draft.ts";

/** How long a run that is over may stay silent before what has not ended is taken for lost. */
const patience: Micros = 5 * 60 * 1e6;

/** Puts a step into the tally of its run: the first attempt of its name, or the one that replaces another. */
export function enter(draft: RunDraft, step: StepDraft, replaced: StepDraft | undefined): void {
  const { name, status } = step.row;
  const { run } = draft;
  const before = weight(draft, name);
  if (replaced && replaced.row.status !== Status.RETRIED) count(run, replaced.row.status, -1);
  else if (replaced || isPlanned(draft, name)) run.pending -= 1;
  count(run, status, 1);
  draft.standing?.set(name, status);
  run.blocked += weight(draft, name) - before;
}

/** Moves a step to where it now stands, and the counts of its run with it. */
export function move(draft: RunDraft, step: StepDraft, to: Status, time: Micros, reason = ""): void {
  const { row } = step;
  const { run } = draft;
  if (row.latest === 1) {
    const before = weight(draft, row.name);
    count(run, row.status, -1);
    count(run, to, 1);
    draft.standing?.set(row.name, to);
    run.blocked += weight(draft, row.name) - before;
    if (to === Status.FAILED) block(draft, row.name);
  }
  row.status = to;
  row.statusReason = reason;
  step.changed = true;
  if (isEnded(to) || to === Status.RETRYING) {
    row.endTime ||= Math.max(time, row.startTime);
    row.heartbeatExpiresTime = never;
  } else if (to === Status.RUNNING) {
    row.startTime ||= time;
  }
  record(draft, step, time);
}

/** Sets where the run stands by what its steps say, and lets go of what no longer waits for anything. */
export function settle(draft: RunDraft, time: Micros, reason: string): void {
  const { run } = draft;
  if (run.retrying > 0 && !mayRetry(run)) {
    const to = run.stopping === Stopping.NO ? Status.FAILED : Status.STOPPED;
    for (const step of draft.steps.values()) {
      const latest = step.at(-1);
      if (latest?.row.status === Status.RETRYING) move(draft, latest, to, time, "no other attempt follows");
    }
  }
  const { status, inProgress } = derive(run);
  if (status !== run.status) {
    run.status = status;
    run.statusReason = status === Status.COMPLETED || status === Status.RUNNING ? "" : reason || run.statusReason;
    draft.changed = true;
    draft.effects.events.push({ time, kind: `run.${statusName(status).toLowerCase()}`, step: "", attempt: 0 });
  }
  if (!inProgress && run.inProgress === 1) {
    run.inProgress = 0;
    run.pause = Pause.NO;
    run.endTime = Math.max(time, run.startTime);
    run.closedTime = draft.now;
    run.heartbeatExpiresTime = never;
    draft.changed = true;
    draft.effects.events.push({ time, kind: "run.ended", step: "", attempt: 0 });
  }
}

/** Expects the run to say something within the patience from now on, because only what may be lost is still awaited. */
export function awaitEnd({ run, dbNow }: RunDraft): void {
  if (run.inProgress === 0) return;
  run.heartbeatTimeout = run.heartbeatTimeout === 0 ? patience : Math.min(run.heartbeatTimeout, patience);
  run.heartbeatExpiresTime = dbNow + run.heartbeatTimeout;
}

const tracksBlocked = ({ run }: RunDraft) => run.dynamic === 0 && run.executionMode === ExecutionMode.CONTINUE_ON_FAILURE;

/** 1 for a step that a failure keeps from running and that has not ended, else 0. */
function weight(draft: RunDraft, name: string): 0 | 1 {
  if (!tracksBlocked(draft) || draft.run.failed === 0 || !blockedOf(draft, Status.FAILED).has(name)) return 0;
  const status = draft.standing?.get(name);
  return status === undefined || !isEnded(status) ? 1 : 0;
}

/** Counts what depends on a step that has just failed. */
function block(draft: RunDraft, name: string): void {
  if (!tracksBlocked(draft)) return;
  const blocked = blockedOf(draft, Status.FAILED);
  for (const after of downstreamOf(followers(draft), [name])) {
    if (blocked.has(after) && draft.run.failed > 1) continue;
    blocked.add(after);
    draft.run.blocked += weight(draft, after);
  }
}

export function record(draft: RunDraft, { row }: StepDraft, time: Micros): void {
  draft.effects.events.push({ time, kind: `step.${statusName(row.status).toLowerCase()}`, step: row.name, attempt: row.attempt });
}
