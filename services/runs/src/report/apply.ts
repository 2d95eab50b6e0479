import type { Report, RunEnded } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { Stopping } from "../status/derive.ts";
import { endOf, isEnded } from "../status/transitions.ts";
import { applyAlive, beatRun } from "./beat.ts";
import { applyCacheExpiry } from "./cache-expiry.ts";
import type { Change } from "./change.ts";
import { attemptOf, type RunDraft } from "./draft.ts";
import { applyEnded } from "./ended.ts";
import { applyMetadata, applyMetrics } from "./logged.ts";
import { awaitEnd, move, settle } from "./move.ts";
import { nameInvalid } from "./name.ts";
import { applyPause, applyResume, applyWait } from "./pause.ts";
import { applyPlanned } from "./planned.ts";
import { generationStale, runEnded, transitionRefused } from "./refusal.ts";
import { applyReopen } from "./reopen.ts";
import { applyStarted } from "./started.ts";
import { microsOf } from "./time.ts";
import { applyTold, misnamedOutputs, tellEnd, tellsMore } from "./told.ts";

/** Applies one change to a run; answers why it has no effect, or undefined. A refused change leaves no trace. */
export function apply(draft: RunDraft, change: Change): SignalboxError | undefined {
  switch (change.kind) {
    case "report":
      if (change.generation !== 0 && change.generation !== draft.run.generation) {
        return generationStale(change.generation, draft.run.generation);
      }
      return applyReport(draft, change.report, change.reporter);
    case "stop":
      return applyStop(draft, change.force, change.reason);
    case "reopen":
      return applyReopen(draft, change);
    case "tell":
      return applyTold(draft, change);
    case "asked":
    case "answered":
      return applyWait(draft, change.kind);
    case "pause":
      return applyPause(draft, change.reason);
    case "resume":
      return applyResume(draft, change);
    case "cache expiry":
      return applyCacheExpiry(draft, change);
    case "expire":
      return change.step ? expireStep(draft, change.step.name, change.step.attempt) : expireRun(draft);
  }
}

function applyReport(draft: RunDraft, report: Report, reporter: string): SignalboxError | undefined {
  const { step: name, change, sequence } = report;
  const misnamed = misnamedIn(report);
  if (misnamed) return misnamed;
  const attempt = report.attempt || 1;
  const time = microsOf(report.time, draft.now);
  const origin = { name, attempt, reporter, sequence, time };
  const refusal = (() => {
    switch (change.case) {
      case "started":
        return applyStarted(draft, name, attempt, time, change.value);
      case "ended":
        return applyEnded(draft, name, attempt, time, change.value);
      case "alive":
        return applyAlive(draft, name, attempt, change.value);
      case "metadata":
        return applyMetadata(draft, origin, change.value);
      case "metrics":
        return applyMetrics(draft, origin, change.value);
      case "planned":
        return applyPlanned(draft, time, change.value);
      case "runEnded":
        return applyRunEnded(draft, time, change.value);
      default:
        return undefined;
    }
  })();
  if (refusal) return refusal;
  beatRun(draft);
  if (change.case === "started" || change.case === "ended") {
    const failed = draft.run.failed > 0 && draft.run.status !== Status.FAILED;
    settle(draft, time, failed ? `step "${name}" failed` : "");
  }
  return undefined;
}

/** What of the names in a report the contract's rules let pass, and the tables cannot hold. */
function misnamedIn({ step, change }: Report): SignalboxError | undefined {
  const ofStep = change.case === "started" || change.case === "ended" || change.case === "metrics";
  if (step !== "" || ofStep) {
    const wrong = nameInvalid("step", step);
    if (wrong) return wrong;
  }
  const names =
    change.case === "metrics"
      ? new Set(change.value.points.map((point) => point.name))
      : change.case === "metadata"
        ? Object.keys(change.value.values)
        : [];
  for (const each of names) {
    const wrong = nameInvalid(change.case === "metrics" ? "metrics.points.name" : "metadata.values", each);
    if (wrong) return wrong;
  }
  return undefined;
}

function applyRunEnded(draft: RunDraft, time: Micros, end: RunEnded): SignalboxError | undefined {
  const { status, reason, exception } = end;
  const { run } = draft;
  const misnamed = misnamedOutputs(end);
  if (misnamed) return misnamed;
  const stopping = run.stopping !== Stopping.NO;
  const said = endOf(status, { stopping, retry: false });
  if (run.ended === said) return undefined;
  if (run.ended !== Status.UNSPECIFIED) return transitionRefused("the run", run.ended, said);
  // What the steps say counts more: of a run that they ended as failed, anything may be said.
  if (run.inProgress === 0) {
    if (run.status !== said) return run.status === Status.FAILED ? undefined : transitionRefused("the run", run.status, said);
    // Once: a repeat finds that it was said.
    if (tellsMore(end)) run.ended = said;
    tellEnd(draft, end);
    return undefined;
  }
  run.ended = said;
  tellEnd(draft, end);
  draft.changed = true;
  if (said === Status.STOPPED && !stopping) run.stopping = Stopping.GRACEFUL;
  if (said !== Status.STOPPED) run.startTime ||= time;
  settle(draft, time, reason || (exception ? `${exception.type}: ${exception.message}`.slice(0, 255) : ""));
  awaitEnd(draft);
  return undefined;
}

function applyStop(draft: RunDraft, force: boolean, reason: string): SignalboxError | undefined {
  const { run, now } = draft;
  if (run.inProgress === 0) return runEnded("the run has ended, so it cannot be stopped");
  const wanted = force ? Stopping.FORCED : Stopping.GRACEFUL;
  if (run.stopping >= wanted) return undefined;
  run.stopping = wanted;
  draft.changed = true;
  settle(draft, now, reason || "was asked to stop");
  if (force) awaitEnd(draft);
  return undefined;
}

const silence = (timeout: Micros) => `no heartbeat for ${Math.round(timeout / 1e6)} s`;

function expireStep(draft: RunDraft, name: string, attempt: number): SignalboxError | undefined {
  const step = attemptOf(draft, name, attempt);
  if (!step || isEnded(step.row.status) || step.row.heartbeatExpiresTime > draft.dbNow) return undefined;
  const to = endOf(Status.FAILED, { stopping: draft.run.stopping !== Stopping.NO, retry: false });
  const reason = silence(step.row.heartbeatTimeout);
  move(draft, step, to, draft.now, reason);
  settle(draft, draft.now, `step "${name}" failed: ${reason}`);
  return undefined;
}

/** The run fell silent, so whatever of it has not ended never will. */
function expireRun(draft: RunDraft): SignalboxError | undefined {
  const { run, now, dbNow } = draft;
  if (run.inProgress === 0 || run.heartbeatExpiresTime > dbNow) return undefined;
  const to = endOf(Status.FAILED, { stopping: run.stopping !== Stopping.NO, retry: false });
  const reason = silence(run.heartbeatTimeout);
  if (run.ended === Status.UNSPECIFIED) run.ended = to;
  for (const attempts of draft.steps.values()) {
    const latest = attempts.at(-1);
    if (latest && !isEnded(latest.row.status)) move(draft, latest, to, now, reason);
  }
  draft.changed = true;
  settle(draft, now, reason);
  return undefined;
}
