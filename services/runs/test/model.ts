import { create } from "@bufbuild/protobuf";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { ReportSchema, RunEndedSchema, StepEndedSchema, StepStartedSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { newId, noId } from "@signalbox/runtime/ids.ts";
import { apply } from "../src/report/apply.ts";
import type { Change } from "../src/report/change.ts";
import { draftOf, wantedOf } from "../src/report/load.ts";
import type { Standing } from "../src/status/derive.ts";
import { downstreamOf, followersOf, type Plan } from "../src/status/plan.ts";
import { count, type Tally } from "../src/status/tally.ts";
import { isEnded } from "../src/status/transitions.ts";
import { never, noHash, type RunTable, type StepTable } from "../src/tables.ts";

/** A run and its steps in memory, changed by the same code as in the database. */
export interface Model {
  run: RunTable;
  steps: StepTable[];
  readonly plan: Plan;
  now: number;
}

export function aModel({ mode = ExecutionMode.FAIL_FAST, dynamic = false, plan = {}, running = true }: ModelOf = {}): Model {
  const planned = dynamic ? 0 : Object.keys(plan).length;
  const tally = { pending: planned, unfinished: 0, retrying: 0, completed: 0, cached: 0, failed: 0, skipped: 0, stopped: 0, blocked: 0 };
  const ids = { workspaceId: newId(), id: newId(), projectId: noId, pipelineId: noId, snapshotId: noId, stackId: noId, ownerId: noId };
  const nesting = { parentRunId: noId, childKey: "", rootRunId: ids.id, nested: 0, originalRunId: noId };
  const times = {
    endTime: 0,
    closedTime: 0,
    heartbeatTime: 1,
    heartbeatTimeout: 0,
    heartbeatExpiresTime: never,
    createTime: 1,
    updateTime: 1,
  };
  const run = {
    ...ids,
    ...nesting,
    ...tally,
    ...times,
    ...{ pipelineName: "", name: "r", orchestratorRun: "", claimKey: noHash, index: 1, statusReason: "" },
    ...{ plan: noHash, planned, positions: 0, parts: 0, parameters: noHash, contentHash: noHash, generation: 1, revision: 1 },
    status: running ? Status.RUNNING : Status.INITIALIZING,
    startTime: running ? 1 : 0,
    inProgress: 1,
    executionMode: mode,
    dynamic: Number(dynamic),
    stopping: 0,
    pause: 0,
    answers: 0,
    ended: Status.UNSPECIFIED,
  };
  return { run, steps: [], plan: dynamic ? new Map() : new Map(Object.entries(plan)), now: 10 };
}

export interface ModelOf {
  readonly mode?: ExecutionMode;
  readonly dynamic?: boolean;
  readonly plan?: Record<string, string[]>;
  readonly running?: boolean;
}

/** Applies changes as one batch, reading no more than the database would be asked for. */
export function change(model: Model, changes: readonly Change[]): (SignalboxError | undefined)[] {
  const { names, others, standing } = wantedOf(model.run, changes);
  const read = model.steps
    .filter(
      ({ name, status }) =>
        names.has(name) ||
        others === "unsuccessful" ||
        (others === "retrying" && status === Status.RETRYING) ||
        (others === "unfinished" && !isEnded(status)),
    )
    .sort((a, b) => a.attempt - b.attempt);
  const stand = standing ? new Map(latestOf(model).map(({ name, status }) => [name, status])) : undefined;
  model.now += 10;
  const draft = draftOf(model.run, model.now, model.now, read, stand, new Map(), { plan: model.plan, planned: new Map() });
  const refusals = changes.map((each) => apply(draft, each));
  model.run = draft.run;
  const after = [...draft.steps.values()].flat().map(({ row }) => row);
  const changed = new Map(after.map((row) => [row.position, row]));
  model.steps = [...model.steps.filter(({ position }) => !changed.has(position)), ...after];
  return refusals;
}

let sequence = 0n;
const report = (init: object): Change => {
  sequence += 1n;
  return { kind: "report", reporter: "", generation: 0, report: create(ReportSchema, { sequence, ...init }) };
};
export const started = (step: string, attempt = 1, status: Status = Status.RUNNING, upstream: string[] = []): Change =>
  report({ step, attempt, change: { case: "started", value: create(StepStartedSchema, { status: status as 4, upstream }) } });
export const ended = (step: string, status: Status, { attempt = 1, retry = false, reason = "" } = {}): Change =>
  report({ step, attempt, change: { case: "ended", value: create(StepEndedSchema, { status: status as 9, retry, reason }) } });
export const runEnded = (status: Status): Change =>
  report({ change: { case: "runEnded", value: create(RunEndedSchema, { status: status as 9 }) } });
export const stop = (force = false): Change => ({ kind: "stop", force, reason: "" });

export const reopen = ({ etag = "", running = false }: { etag?: string; running?: boolean } = {}): Change => ({
  kind: "reopen",
  ...{ etag, running, reason: "once more", heartbeatTimeout: 0 },
});

/** The latest attempts, but for those that are to be tried again. */
const latestOf = ({ steps }: Model) => steps.filter(({ latest, status }) => latest === 1 && status !== Status.RETRIED);

/** What is to begin: steps of the plan, and others that a resume tries again. */
const waitingIn = ({ steps, plan }: Model, standing: ReadonlyMap<string, Status>): string[] => [
  ...[...plan.keys()].filter((name) => !standing.has(name)),
  ...steps.flatMap(({ latest, status, name }) => (latest === 1 && status === Status.RETRIED && !plan.has(name) ? name : [])),
];

/** The tally of a run, counted from all its steps. */
export function recount(model: Model): Tally {
  const tally = { pending: 0, unfinished: 0, retrying: 0, completed: 0, cached: 0, failed: 0, skipped: 0, stopped: 0, blocked: 0 };
  const standing = new Map(latestOf(model).map(({ name, status }) => [name, status]));
  for (const status of standing.values()) count(tally, status, 1);
  tally.pending = waitingIn(model, standing).length;
  if (model.run.executionMode === ExecutionMode.CONTINUE_ON_FAILURE && model.run.dynamic === 0) {
    const failed = [...standing].filter(([, status]) => status === Status.FAILED).map(([name]) => name);
    const blocked = downstreamOf(followersOf(model.plan), failed);
    tally.blocked = [...blocked].filter((name) => !isEnded(standing.get(name) ?? Status.INITIALIZING)).length;
  }
  return tally;
}

/** Where a run stands, said once more from all its steps and without counters. */
export function restate(model: Model): Standing {
  const { run, plan } = model;
  const standing = new Map(latestOf(model).map(({ name, status }) => [name, status]));
  const at = (name: string) => standing.get(name) ?? Status.UNSPECIFIED;
  const unfinished = [...standing.keys()].filter((name) => !isEnded(at(name)));
  const waiting = waitingIn(model, standing);
  const failed = [...standing.keys()].filter((name) => at(name) === Status.FAILED);
  const free = (name: string, seen = new Set<string>()): boolean =>
    (plan.get(name) ?? []).every((before) => at(before) !== Status.FAILED && (seen.has(before) || free(before, seen.add(before))));
  const open = (() => {
    if (run.stopping > 0 || run.ended !== Status.UNSPECIFIED) return unfinished.length > 0;
    if (run.dynamic === 1) return true;
    if (failed.length === 0) return unfinished.length + waiting.length > 0;
    if (run.executionMode === ExecutionMode.CONTINUE_ON_FAILURE) return [...unfinished, ...waiting].some((name) => free(name));
    return unfinished.length > 0;
  })();
  const status = (() => {
    if (failed.length > 0 || run.ended === Status.FAILED) return Status.FAILED;
    if (run.stopping > 0) return open ? Status.STOPPING : Status.STOPPED;
    if (open) return run.startTime > 0 ? Status.RUNNING : Status.INITIALIZING;
    return run.ended === Status.UNSPECIFIED && [...standing.values()].includes(Status.STOPPED) ? Status.STOPPED : Status.COMPLETED;
  })();
  return { status, inProgress: open };
}
