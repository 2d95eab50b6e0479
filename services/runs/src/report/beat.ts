import type { Alive } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { Pause } from "../status/derive.ts";
import { isEnded } from "../status/transitions.ts";
import { attemptOf, isStale, latestOf, type RunDraft, type StepDraft } from "./draft.ts";
import { takeUp } from "./pause.ts";
import { attemptStale, stepUnknown } from "./refusal.ts";
import { microsIn } from "./time.ts";

/** How far apart signs of life are written where nothing depends on them. */
const shown = 10 * 1e6;

/** Notes that a step was heard of; writes it only when a third of its time is used up, so that most signs of life cost nothing. */
export function beat({ now, dbNow }: RunDraft, step: StepDraft): void {
  const { row } = step;
  if (isEnded(row.status) || !isDue(row, now, dbNow)) return;
  step.beat = true;
  row.heartbeatTime = now;
  if (row.heartbeatTimeout > 0) row.heartbeatExpiresTime = dbNow + row.heartbeatTimeout;
}

/** The same for the run as a whole: whatever is heard of its steps is heard of it. Nothing is awaited while it is paused. */
export function beatRun(draft: RunDraft): void {
  const { run, now, dbNow } = draft;
  if (run.inProgress === 0 || run.pause > Pause.NO || !isDue(run, now, dbNow)) return;
  draft.beat = true;
  run.heartbeatTime = now;
  if (run.heartbeatTimeout > 0) run.heartbeatExpiresTime = dbNow + run.heartbeatTimeout;
}

interface Pulse {
  readonly heartbeatTime: number;
  readonly heartbeatTimeout: number;
  readonly heartbeatExpiresTime: number;
}

function isDue({ heartbeatTime, heartbeatTimeout, heartbeatExpiresTime }: Pulse, now: number, dbNow: number): boolean {
  if (heartbeatTimeout === 0) return now - heartbeatTime > shown;
  return heartbeatExpiresTime - dbNow < (heartbeatTimeout * 2) / 3 || heartbeatExpiresTime - dbNow > heartbeatTimeout;
}

/** Applies a sign of life of a step, or of the run where there is none, and how long the next may take. */
export function applyAlive(draft: RunDraft, name: string, attempt: number, { timeout }: Alive): SignalboxError | undefined {
  const { run, now, dbNow } = draft;
  const asked = microsIn(timeout);
  const awaited = { heartbeatTime: now, heartbeatTimeout: asked, heartbeatExpiresTime: dbNow + asked };
  if (name === "") {
    takeUp(draft, now);
    if (asked > 0 && asked !== run.heartbeatTimeout && run.inProgress === 1 && run.pause === Pause.NO) {
      Object.assign(run, awaited);
      draft.changed = true;
    }
    return undefined;
  }
  const latest = latestOf(draft, name);
  if (latest && isStale(latest, attempt)) return attemptStale(name, attempt, latest.row);
  const step = attemptOf(draft, name, attempt);
  if (!step) return stepUnknown(name);
  if (asked > 0 && asked !== step.row.heartbeatTimeout && !isEnded(step.row.status)) {
    Object.assign(step.row, awaited);
    step.changed = true;
    return undefined;
  }
  beat(draft, step);
  return undefined;
}
