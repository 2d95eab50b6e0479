import type { Micros } from "@signalbox/runtime/clock.ts";
import { Pause, Stopping } from "../status/derive.ts";
import { never } from "../tables.ts";
import type { RunDraft } from "./draft.ts";
import { settle } from "./move.ts";

/** Notes in the record of the run that it asked something, or was answered. */
export function applyWait(draft: RunDraft, kind: "asked" | "answered"): undefined {
  if (kind === "answered") draft.run.answers += 1;
  draft.effects.events.push({ time: draft.now, kind: `wait.${kind}`, step: "", attempt: 0 });
  draft.changed = true;
}

/** Nobody executes the run any more, until it is answered: no sign of life is awaited. What is on its way to an end goes on to it. */
export function applyPause(draft: RunDraft, reason: string): undefined {
  const { run, now } = draft;
  if (run.inProgress === 0 || run.stopping !== Stopping.NO || run.pause === Pause.PAUSED) return;
  run.startTime ||= now;
  run.pause = Pause.PAUSED;
  run.heartbeatExpiresTime = never;
  draft.changed = true;
  settle(draft, now, reason);
}

export function applyResume(draft: RunDraft, { reason, executed }: { readonly reason: string; readonly executed: boolean }): undefined {
  const { run, now } = draft;
  if (run.pause === Pause.PAUSED) {
    run.pause = Pause.RESUMING;
    draft.changed = true;
    settle(draft, now, reason);
  }
  if (executed) takeUp(draft, now);
}

/** Notes that somebody executes a run that was to be taken up again. */
export function takeUp(draft: RunDraft, time: Micros): void {
  const { run, dbNow } = draft;
  if (run.pause !== Pause.RESUMING) return;
  run.pause = Pause.NO;
  if (run.heartbeatTimeout > 0) run.heartbeatExpiresTime = dbNow + run.heartbeatTimeout;
  draft.changed = true;
  settle(draft, time, "");
}
