import { createHash } from "node:crypto";
import { toBinary, toJsonString } from "@bufbuild/protobuf";
import { type StepEnded, StepEndedSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { ExceptionSchema, InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { Stopping } from "../status/derive.ts";
import { canMove, endOf } from "../status/transitions.ts";
import { Parts } from "../tables.ts";
import { attemptOf, isStale, latestOf, type RunDraft, type StepDraft } from "./draft.ts";
import { inputRow, outputRow } from "./edges.ts";
import { move } from "./move.ts";
import { attemptStale, runEnded, stepNamed, transitionRefused } from "./refusal.ts";
import { add, begin, expireCache, keep, refusalOfNew } from "./started.ts";
import { microsOf } from "./time.ts";

/** Applies that an attempt of a step ended; one whose start was never reported begins and ends at once. */
export function applyEnded(draft: RunDraft, name: string, attempt: number, time: Micros, ended: StepEnded): SignalboxError | undefined {
  const { run } = draft;
  const latest = latestOf(draft, name);
  const known = attemptOf(draft, name, attempt);
  const hash = createHash("sha256").update(toBinary(StepEndedSchema, ended)).digest();
  if (known?.row.endHash.equals(hash) && (known !== latest || !isStale(known, attempt))) return undefined;
  if (latest && isStale(latest, attempt)) return attemptStale(name, attempt, latest.row);

  const to = endOf(ended.status, { stopping: run.stopping !== Stopping.NO, retry: ended.retry });
  if (known && !canMove(known.row.status, to)) return transitionRefused(stepNamed(name), known.row.status, to);
  if (!known) {
    const refusal = refusalOfUnbegun(draft, name, to);
    if (refusal) return refusal;
  }
  const step = known ?? add(draft, name, attempt, Status.INITIALIZING, time);
  step.row.endHash = hash;
  if (to !== Status.SKIPPED) {
    step.row.startTime ||= time;
    begin(draft, time);
  }
  const { type, message } = ended.exception ?? { type: "", message: "" };
  move(draft, step, to, time, ended.reason || [type, message.slice(0, 200)].filter(Boolean).join(": "));
  if (ended.exception) step.row.exception = keep(draft.effects.documents, toJsonString(ExceptionSchema, ended.exception));
  connect(draft, step, ended);
  return undefined;
}

/** A step that is only left out, or was stopped before it began, does not begin: it may end so while the run is in progress. */
function refusalOfUnbegun(draft: RunDraft, name: string, to: Status): SignalboxError | undefined {
  const leftOut = to === Status.SKIPPED || to === Status.STOPPED;
  if (!leftOut || latestOf(draft, name)) return refusalOfNew(draft, name, to);
  return draft.run.inProgress === 1 ? undefined : runEnded("the run has ended");
}

/** Notes what the step consumed and produced. One that was cached produced what the step before it did. */
function connect(draft: RunDraft, step: StepDraft, ended: StepEnded): void {
  const { row } = step;
  const { inputs, outputs } = draft.effects;
  for (const input of ended.loaded) inputs.push(inputRow(row, input, InputKind.LOADED));
  if (ended.loaded.length > 0) row.parts |= Parts.INPUTS;
  const original = ended.status === Status.CACHED ? draft.originals.get(ended.cachedFrom) : undefined;
  if (ended.cachedFrom !== "") {
    row.cachedFromId = original?.cachedFromId ?? toId(ended.cachedFrom);
    row.cachedFromRun = original?.cachedFromRun ?? "";
  }
  const produced = ended.outputs.map((output) => ({ name: output.name, artifactVersionId: toId(output.artifactVersion) }));
  const taken = produced.length === 0 && original ? original.outputs : produced;
  const expiries = [microsOf(ended.cacheExpireTime, 0), original?.cacheExpiresTime ?? 0].filter((time) => time > 0);
  if (expiries.length > 0) expireCache(draft, step, Math.min(...expiries));
  for (const output of taken) outputs.push(outputRow(row, output));
  if (taken.length > 0) row.parts |= Parts.OUTPUTS;
  step.edges ||= taken.length > 0 || ended.loaded.length > 0;
}
