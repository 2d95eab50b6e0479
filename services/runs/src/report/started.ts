import type { StepStarted } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { InputKind, Status, StepKind } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { newId, noId, toId } from "@signalbox/runtime/ids.ts";
import { hashOf } from "@signalbox/runtime/store/document.ts";
import { mayBegin, mayRetry, Pause } from "../status/derive.ts";
import { isEnded, judge } from "../status/transitions.ts";
import type { StepTraitTable } from "../step/tables.ts";
import { never, noHash, Parts, type StepTable } from "../tables.ts";
import { beat } from "./beat.ts";
import { blockedOf, isStale, latestOf, type RunDraft, type StepDraft } from "./draft.ts";
import { inputRow } from "./edges.ts";
import { enter, move, record } from "./move.ts";
import { takeUp } from "./pause.ts";
import { attemptStale, runEnded, stepNamed, transitionRefused } from "./refusal.ts";
import { microsIn, microsOf } from "./time.ts";

/** Applies that an attempt of a step began, or moved on before it ended. */
export function applyStarted(
  draft: RunDraft,
  name: string,
  attempt: number,
  time: Micros,
  started: StepStarted,
): SignalboxError | undefined {
  const to = started.status || Status.RUNNING;
  const latest = latestOf(draft, name);
  if (latest && isStale(latest, attempt)) return attemptStale(name, attempt, latest.row);
  if (latest?.row.attempt === attempt) {
    const outcome = judge(latest.row.status, to);
    if (outcome === "refused") return transitionRefused(stepNamed(name), latest.row.status, to);
    if (outcome === "move") {
      if (draft.run.inProgress === 0) return runEnded("the run has ended");
      describe(draft, latest, started);
      move(draft, latest, to, time);
      if (to === Status.RUNNING) begin(draft, time);
    }
    beat(draft, latest);
    return undefined;
  }
  const refusal = refusalOfNew(draft, name, to, started.upstream);
  if (refusal) return refusal;
  const step = add(draft, name, attempt, to, time);
  describe(draft, step, started);
  record(draft, step, time);
  if (to === Status.RUNNING) {
    step.row.startTime = time;
    begin(draft, time);
  }
  beat(draft, step);
  return undefined;
}

/** Why an attempt that was not reported before may not begin now; undefined where it may. */
export function refusalOfNew(draft: RunDraft, name: string, to: Status, upstream: readonly string[] = []): SignalboxError | undefined {
  const { run } = draft;
  const latest = latestOf(draft, name);
  if (run.pause === Pause.PAUSED && run.inProgress === 1) return transitionRefused("the run", Status.PAUSED, Status.RUNNING);
  if (latest && latest.row.status !== Status.RETRIED) {
    if (isEnded(latest.row.status)) return transitionRefused(stepNamed(name), latest.row.status, to);
    return mayRetry(run) ? undefined : runEnded(`the run ends, so ${stepNamed(name)} is not tried again`);
  }
  if (!mayBegin(run)) return runEnded(run.inProgress === 0 ? "the run has ended" : `the run ends, so ${stepNamed(name)} cannot begin`);
  if (!isBlocked(draft, name, upstream)) return undefined;
  return runEnded(`${stepNamed(name)} depends on a step that failed, so it cannot begin`);
}

function isBlocked(draft: RunDraft, name: string, upstream: readonly string[]): boolean {
  if (draft.run.failed === 0) return false;
  if (draft.plan.has(name)) return blockedOf(draft, Status.FAILED).has(name);
  const told = upstream.length > 0 ? upstream : (draft.planned.get(name) ?? []);
  return told.some((before) => draft.standing?.get(before) === Status.FAILED);
}

/** Adds an attempt of a step, replacing the one before it. */
export function add(draft: RunDraft, name: string, attempt: number, status: Status, time: Micros): StepDraft {
  const { run, now } = draft;
  const replaced = latestOf(draft, name);
  takeUp(draft, time);
  run.positions += 1;
  const step: StepDraft = {
    fresh: true,
    changed: true,
    beat: false,
    edges: false,
    row: {
      workspaceId: run.workspaceId,
      runId: run.id,
      position: run.positions,
      id: newId(),
      projectId: run.projectId,
      name,
      attempt,
      latest: 1,
      status,
      statusReason: "",
      upstream: JSON.stringify(draft.plan.get(name) ?? draft.planned.get(name) ?? []),
      cacheKey: "",
      codeHash: "",
      parameters: noHash,
      configuration: noHash,
      exception: noHash,
      cachedFromId: noId,
      cachedFromRun: "",
      endHash: noHash,
      parts: 0,
      startTime: 0,
      endTime: 0,
      heartbeatTime: now,
      heartbeatTimeout: 0,
      heartbeatExpiresTime: never,
      revision: 0,
      createTime: now,
      updateTime: now,
    },
  };
  enter(draft, step, replaced);
  if (replaced) {
    replaced.row.latest = 0;
    replaced.changed = true;
    if (replaced.row.status !== Status.RETRIED) move(draft, replaced, Status.RETRIED, time, `attempt ${attempt} follows`);
  }
  const attempts = draft.steps.get(name);
  if (attempts) attempts.push(step);
  else draft.steps.set(name, [step]);
  draft.changed = true;
  return step;
}

/** Notes that the run is at work. */
export function begin({ run }: RunDraft, time: Micros): void {
  run.startTime ||= time;
}

function describe(draft: RunDraft, step: StepDraft, started: StepStarted): void {
  const { row } = step;
  const { inputs, documents } = draft.effects;
  if (started.upstream.length > 0 && !draft.plan.has(row.name)) row.upstream = JSON.stringify(started.upstream);
  row.cacheKey = started.cacheKey || row.cacheKey;
  row.codeHash = started.codeHash || row.codeHash;
  if (started.parameters) row.parameters = keep(documents, started.parameters.text);
  if (started.configuration) row.configuration = keep(documents, started.configuration.text);
  row.heartbeatTimeout = microsIn(started.heartbeatTimeout) || row.heartbeatTimeout;
  describeCode(draft, step, started);
  describeTraits(draft, step, started);
  if (started.inputs.length === 0) return;
  row.parts |= Parts.INPUTS;
  step.edges = true;
  for (const input of started.inputs) inputs.push(inputRow(row, input, InputKind.STEP_OUTPUT));
}

function describeCode({ effects }: RunDraft, { row }: StepDraft, { docstring, sourceCode }: StepStarted): void {
  if (docstring === "" && sourceCode === "") return;
  const { workspaceId, runId, id: stepId } = row;
  const named = (text: string) => (text === "" ? noHash : keep(effects.documents, text));
  row.parts |= Parts.CODE;
  effects.codes.push({ workspaceId, runId, stepId, docstring: named(docstring), sourceCode: named(sourceCode) });
}

function describeTraits({ effects }: RunDraft, { row }: StepDraft, started: StepStarted): void {
  const { kind, modelVersion, substitutions, cacheExpireTime } = started;
  const substituted = Object.keys(substitutions).length > 0;
  if (kind === StepKind.UNSPECIFIED && modelVersion === "" && !substituted && !cacheExpireTime) return;
  row.parts |= Parts.TRAITS;
  effects.traits.push({
    ...noTraits(row),
    kind,
    modelVersionId: modelVersion === "" ? noId : toId(modelVersion),
    substitutions: substituted ? keep(effects.documents, JSON.stringify(substitutions)) : noHash,
    cacheExpiresTime: microsOf(cacheExpireTime, 0),
  });
}

/** Notes from when the outputs of a step serve no more, over what was told before. */
export function expireCache({ effects }: RunDraft, { row }: StepDraft, cacheExpiresTime: Micros): void {
  row.parts |= Parts.TRAITS;
  effects.expiries.push({ ...noTraits(row), cacheExpiresTime });
}

const noTraits = ({ workspaceId, runId, id, projectId }: StepTable): StepTraitTable => ({
  ...{ workspaceId, runId, stepId: id, projectId, kind: StepKind.UNSPECIFIED, modelVersionId: noId, substitutions: noHash },
  cacheExpiresTime: 0,
});

/** Takes a text up to be written, and names it. */
export function keep(documents: Map<string, string>, text: string): Buffer {
  const hash = hashOf(text);
  documents.set(hash.toString("hex"), text);
  return hash;
}
