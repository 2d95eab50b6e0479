import { type ReplayRunRequest, ReplayRunRequestSchema, Reuse } from "@signalbox/gen/signalbox/runs/v1/replay_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { isRecorded } from "@signalbox/runtime/audit/mutation.ts";
import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { sameOrFail } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { nameTaken } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { hashOf } from "@signalbox/runtime/store/document.ts";
import type { Context } from "../context.ts";
import type { NewRun } from "../run/adding.ts";
import { claimKeyOf } from "../run/claim-key.ts";
import { type Created, newRunRow } from "../run/create.ts";
import { someNames } from "../run/names.ts";
import { planText } from "../run/plan-store.ts";
import { traitOf } from "../run/traits.ts";
import type { SnapshotFacts } from "../snapshot/facts.ts";
import type { Plan } from "../status/plan.ts";
import { count } from "../status/tally.ts";
import { isNoHash, Parts, type RunTable, type StepTable } from "../tables.ts";
import { copySteps, mostSteps, tooManySteps } from "./copies.ts";
import { overrideRows } from "./overrides.ts";
import { servingSteps } from "./serving.ts";

/** How often a free name is looked for again because somebody else was faster. */
const attempts = 20;

/** Creates a run that repeats another: the steps that serve are written with it, in one transaction. Of those who bring one id, or one orchestrator run, one creates it. */
export async function replayRun(context: Context, request: ReplayRunRequest, call: Call): Promise<Created> {
  const { runs, database, replaying } = context;
  const [workspace, project] = [workspaceOf(call), grantedId(call)];
  const original = await findOriginal(context, project, request.run, call);
  const hash = contentHash(ReplayRunRequestSchema, { ...request, run: toUuid(original.id) }, ["id", "project"]);
  const id = request.id === "" ? newId() : toId(request.id);
  const snapshot = request.snapshot === "" ? original.snapshotId : toId(request.snapshot);

  async function find(): Promise<Created | undefined> {
    const own = request.id === "" ? undefined : await runs.find(workspace, id);
    if (own) return { run: sameOrFail("run", own, { id, contentHash: hash }), created: false };
    if (request.orchestratorRun === "") return undefined;
    const claimed = await runs.byClaim(workspace, snapshot, claimKeyOf(request.orchestratorRun, id));
    return claimed && { run: claimed, created: false };
  }

  for (let attempt = 1; ; attempt++) {
    const found = await find();
    if (found) return found;
    try {
      const run = await replaying.submit(await replayOf(context, request, { original, snapshot, id, hash }, call));
      call.audited = isRecorded(call);
      return { run, created: true };
    } catch (cause) {
      const fault = database.dialect.explain(cause);
      if (fault?.kind !== "taken" || attempt >= attempts) throw cause;
      const there = await find();
      if (there) return there;
      if (fault.key === "runs_run_name" && request.name !== "") throw nameTaken("run", request.name, cause);
    }
  }
}

/** The run to repeat. Fails with NOT_FOUND where it is not in the project, or not the caller's to read. */
async function findOriginal(context: Context, project: Id, reference: string, call: Call): Promise<RunTable> {
  const { runs } = context;
  const workspace = workspaceOf(call);
  const place = await runs.resolve(workspace, isUuid(reference) ? { id: toId(reference) } : { project, name: reference });
  const mayRead = place?.project === toUuid(project) && (await callerMay(context)(call, "run.read", place));
  const found = mayRead ? await runs.find(workspace, toId(place.id)) : undefined;
  if (!found) throw notFound("run", reference);
  return found;
}

interface Replaying {
  readonly original: RunTable;
  readonly snapshot: Id;
  readonly id: Id;
  readonly hash: Buffer;
}

async function replayOf(context: Context, request: ReplayRunRequest, { original, snapshot, id, hash }: Replaying, call: Call) {
  const { database, steps, want, documents, peers } = context;
  const { workspaceId, projectId, parameters: before } = original;
  const facts = await snapshotFor(context, original, snapshot, call);
  const [rows, tags, texts, overrides, planned] = await Promise.all([
    steps.latest(workspaceId, original.id, mostSteps + 1),
    want(call, projectId, request.tags),
    request.parameters ? undefined : documents(workspaceId, [before]),
    overrideRows(peers, request.overrides, { workspace: workspaceId, project: projectId, run: id }, call),
    plansOf(context, original, facts, snapshot, call),
  ]);
  if (rows.length > mostSteps) throw tooManySteps();
  const serving = servingIn(rows, request, original, planned);
  const nesting = { parentRunId: noId, childKey: "", rootRunId: id, nested: 0, originalRunId: original.id };
  const row = newRunRow(context, { ...request, snapshot: toUuid(snapshot) }, facts, {
    ...{ workspace: workspaceId, id, hash, owner: callerId(call), nesting },
  });
  const copies = await copySteps(database.db, original, serving, row);
  const tally = { ...row };
  for (const { status } of copies.steps) count(tally, status, 1);
  const pending = planned.plan ? row.planned - copies.steps.length : 0;
  if (planned.plan && pending === 0)
    throw fieldInvalid("again", "is missing: every step serves, so nothing is left to run; name what is to run again");
  return {
    row: { ...tally, pending, positions: copies.steps.length, parts: overrides.length > 0 ? Parts.OVERRIDES : 0 },
    names: request.name === "" ? someNames() : [request.name],
    plan: planned.plan ? planText(facts) : "",
    parameters: request.parameters?.text ?? texts?.get(before.toString("hex")) ?? "",
    ...{ tags, copies, overrides, trait: traitOf(row, facts, {}), call },
  } satisfies NewRun;
}

/** What the replay executes. Fails with NOT_FOUND, or with FIELD_INVALID for a snapshot of another pipeline. */
async function snapshotFor({ snapshots }: Context, original: RunTable, snapshot: Id, call: Call): Promise<SnapshotFacts> {
  const facts = await snapshots(toUuid(original.workspaceId), toUuid(snapshot), call.signal);
  if (!facts || !toId(facts.project).equals(original.projectId)) throw notFound("snapshot", toUuid(snapshot));
  if (toId(facts.pipeline).equals(original.pipelineId)) return facts;
  throw fieldInvalid("snapshot", `is of another pipeline than the run, which is one of "${original.pipelineName}"`);
}

interface Planned {
  /** What the replay plans; undefined where its steps are known by what the original had. */
  readonly plan: Plan | undefined;
  /** Whether the replay does a planned step by the same code and configuration. */
  readonly isSame: (name: string) => boolean;
}

async function plansOf({ snapshots }: Context, original: RunTable, facts: SnapshotFacts, snapshot: Id, call: Call): Promise<Planned> {
  if (facts.dynamic || facts.steps.length === 0) return { plan: undefined, isSame: () => true };
  const plan = new Map(facts.steps.map(({ name, upstream }) => [name, upstream]));
  if (snapshot.equals(original.snapshotId)) return { plan, isSame: () => true };
  const before = await snapshots(toUuid(original.workspaceId), toUuid(original.snapshotId), call.signal);
  const [known, now] = [before?.steps ?? [], facts.steps].map((steps) => new Map(steps.map(({ name, doing }) => [name, doing])));
  return { plan, isSame: (name) => known?.get(name) !== undefined && known.get(name) === now?.get(name) };
}

/** The original's steps that serve. */
function servingIn(rows: readonly StepTable[], request: ReplayRunRequest, original: RunTable, { plan, isSame }: Planned): StepTable[] {
  const upstream = new Map(rows.map((row) => [row.name, JSON.parse(row.upstream) as string[]]));
  const done = new Map(rows.filter(isDone).map(({ name }) => [name, upstream.get(name) ?? []]));
  const { skip, overrides } = request;
  const inPlace = (name: string) => !plan || hasSame(done.get(name), plan.get(name));
  const serving = servingSteps({
    ...{ done, skip, all: plan ?? upstream, again: [...request.again, ...overrides.map(({ step }) => step)] },
    isSame: (name) => inPlace(name) && isSame(name),
    completed: request.reuse === Reuse.COMPLETED || (request.reuse === Reuse.UNSPECIFIED && !hasOtherParameters(request, original)),
  });
  return rows.filter(({ name }) => serving.has(name));
}

const hasSame = (some: readonly string[] = [], others: readonly string[] = []): boolean =>
  new Set(some).size === new Set(others).size && others.every((each) => some.includes(each));

const isDone = ({ status }: StepTable): boolean => status === Status.COMPLETED || status === Status.CACHED || status === Status.SKIPPED;

function hasOtherParameters({ parameters }: ReplayRunRequest, { parameters: before }: RunTable): boolean {
  if (!parameters) return false;
  return parameters.text === "" ? !isNoHash(before) : !hashOf(parameters.text).equals(before);
}
