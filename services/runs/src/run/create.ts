import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type CreateRunRequest, CreateRunRequestSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { isRecorded, type Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { idReused } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { nameTaken } from "@signalbox/runtime/resource/names.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import type { WantTags } from "@signalbox/runtime/resource/tags/want.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import { runChange, runCreation } from "../report/events.ts";
import { microsIn, microsOf } from "../report/time.ts";
import type { FindSnapshot, SnapshotFacts } from "../snapshot/facts.ts";
import { never, noHash, Parts, type RunsTables, type RunTable } from "../tables.ts";
import { type Adding, expiresIn } from "./adding.ts";
import { cascadeOf } from "./cascade.ts";
import { claimKeyOf } from "./claim-key.ts";
import { someNames } from "./names.ts";
import { childIn, findChild, type Nesting, nestingOf, requireStarter } from "./nesting.ts";
import { planText } from "./plan-store.ts";
import type { RunStore } from "./store.ts";
import { runTags } from "./tags.ts";
import { tellTraits, toldBy, traitOf } from "./traits.ts";

export interface Creating {
  readonly database: Database<RunsTables>;
  readonly mutate: Mutate<RunsTables>;
  readonly outbox: Outbox;
  readonly adding: Adding;
  readonly runs: RunStore;
  readonly snapshots: FindSnapshot;
  readonly want: WantTags;
  readonly clock: Clock;
}

export interface Created {
  readonly run: RunTable;
  readonly created: boolean;
}

/** How often the search begins again because somebody else was faster. Each time somebody was done. */
const attempts = 20;

/**
 * Creates a run, or gets the one that the same snapshot and orchestrator run have already,
 * or that its parent calls so, or claims a placeholder. Nothing is locked: whoever comes second meets a unique key, and looks again.
 */
export async function getOrCreate(creating: Creating, request: CreateRunRequest, call: Call): Promise<Created> {
  const { runs, snapshots, database, want } = creating;
  const workspace = workspaceOf(call);
  const project = grantedId(call);
  childIn(request);
  const facts = await snapshots(toUuid(workspace), request.snapshot.toLowerCase(), call.signal);
  if (!facts || !toId(facts.project).equals(project)) throw notFound("snapshot", request.snapshot);
  const hash = contentHash(CreateRunRequestSchema, request, ["id", "project"]);
  const snapshot = toId(request.snapshot);
  const id = request.id === "" ? newId() : toId(request.id);

  /** The tags that it is to have, those that go on to its outputs first. */
  const tagged = async () => {
    const tags = await want(call, project, [...request.cascadingTags, ...request.tags]);
    return { request, tags, cascading: tags.slice(0, request.cascadingTags.length) };
  };

  for (let attempt = 1; ; attempt++) {
    if (request.id !== "") {
      const own = await runs.find(workspace, id);
      if (own?.contentHash.equals(hash) && own.projectId.equals(project)) return { run: own, created: false };
      if (own) throw idReused("run", id);
    }
    const child = await findChild(runs, request, { workspace, project });
    if (child) {
      const waits = child.orchestratorRun === "" && request.orchestratorRun !== "";
      const claimed = waits ? await claim(creating, child, await tagged(), call) : child;
      if (claimed || attempt >= attempts) return { run: claimed ?? child, created: false };
      continue;
    }
    if (request.orchestratorRun !== "") {
      const existing = await runs.byClaim(workspace, snapshot, claimKeyOf(request.orchestratorRun, id));
      if (existing) return { run: existing, created: false };
      const placeholder = request.parentRun === "" ? await runs.placeholder(workspace, snapshot) : undefined;
      if (placeholder) {
        const claimed = await claim(creating, placeholder, await tagged(), call);
        if (claimed) return { run: claimed, created: false };
        if (attempt < attempts) continue;
      }
    }
    await requireStarter(runs, request, { workspace, project });
    const nesting = await nestingOf(runs, request, id, { workspace, project });
    const given = { workspace, id, hash, owner: callerId(call), nesting };
    const row = newRunRow(creating, request, facts, given);
    const described = { trait: traitOf(row, facts, request), environment: request.orchestratorEnvironment?.text ?? "" };
    const { tags, cascading } = await tagged();
    try {
      const plan = facts.dynamic ? "" : planText(facts);
      const names = request.name === "" ? someNames() : [request.name];
      const run = await creating.adding.submit({
        row,
        names,
        plan,
        parameters: request.parameters?.text ?? "",
        ...described,
        tags,
        cascading,
        call,
      });
      call.audited = isRecorded(call);
      return { run, created: true };
    } catch (error) {
      const fault = database.dialect.explain(error);
      if (fault?.kind !== "taken" || attempt >= attempts) throw error;
      if (fault.key === "runs_run_name" && request.name !== "" && !(await isRepeat(runs, row, request)))
        throw nameTaken("run", request.name, error);
    }
  }
}

/** Whether the taken name belongs to a run that another look will find: the same id, child, or orchestrator run. */
async function isRepeat(runs: RunStore, row: RunTable, request: CreateRunRequest): Promise<boolean> {
  if (row.nested === 1 && (await runs.child(row.workspaceId, row.parentRunId, row.childKey))) return true;
  if (request.id !== "" && (await runs.find(row.workspaceId, row.id))) return true;
  return request.orchestratorRun !== "" && (await runs.byClaim(row.workspaceId, row.snapshotId, row.claimKey)) !== undefined;
}

/** Gives a placeholder to its orchestrator. Undefined where somebody else was faster. */
async function claim(
  creating: Creating,
  placeholder: RunTable,
  {
    request,
    tags,
    cascading,
  }: { readonly request: CreateRunRequest; readonly tags: readonly KnownTag[]; readonly cascading: readonly KnownTag[] },
  call: Call,
): Promise<RunTable | undefined> {
  const { mutate, outbox, clock, database } = creating;
  const now = clock();
  const told = toldBy(request);
  const run: RunTable = {
    ...placeholder,
    orchestratorRun: request.orchestratorRun,
    claimKey: claimKeyOf(request.orchestratorRun, placeholder.id),
    ...(runsAlready(request) && placeholder.status === Status.INITIALIZING
      ? { status: Status.RUNNING, startTime: microsOf(request.startTime, now) }
      : {}),
    revision: placeholder.revision + 1,
    updateTime: now,
    parts: told ? placeholder.parts | Parts.TRAITS : placeholder.parts,
  };
  const { orchestratorRun, claimKey, status, startTime, revision, updateTime, parts } = run;
  const timeout = microsIn(request.heartbeatTimeout);
  const heartbeat = timeout > 0 ? { heartbeatTimeout: timeout, heartbeatExpiresTime: expiresIn(database.dialect, timeout) } : {};
  const about = { subject: toUuid(run.id), project: toUuid(run.projectId) };
  try {
    return await mutate(call, about, async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable("runsRun")
        .set({ orchestratorRun, claimKey, status, startTime, revision, updateTime, parts, ...heartbeat })
        .where("workspaceId", "=", run.workspaceId)
        .where("id", "=", run.id)
        .where("revision", "=", placeholder.revision)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new Claimed();
      if (told) await tellTraits(database.dialect, trx, run, told);
      if (tags.length > 0) await runTags.attach(trx, database.dialect, [{ holder: run, tags }], now);
      const changed = status === placeholder.status ? [runChange(run, now)] : runCreation(run, now);
      await outbox.append(trx, [...changed, ...cascadeOf(run, cascading, now)]);
      return run;
    });
  } catch (error) {
    if (error instanceof Claimed || database.dialect.explain(error)?.kind === "taken") return undefined;
    throw error;
  }
}

/** Whether somebody executes it already. */
const runsAlready = ({ running, startTime }: Pick<Asked, "running" | "startTime">): boolean => running || startTime !== undefined;

class Claimed extends Error {
  override readonly name = "Claimed";
}

interface Given {
  readonly workspace: Id;
  readonly id: Id;
  readonly hash: Buffer;
  readonly owner: Id;
  readonly nesting: Nesting;
}

type Asked = Pick<CreateRunRequest, "snapshot" | "name" | "orchestratorRun" | "running" | "heartbeatTimeout"> &
  Partial<Pick<CreateRunRequest, "startTime" | "statusReason">>;

/** The row of a run that is to be, before it has a number and documents. */
export function newRunRow(
  { clock }: Pick<Creating, "clock">,
  request: Asked,
  facts: SnapshotFacts,
  { workspace, id, hash, owner, nesting }: Given,
): RunTable {
  const now = clock();
  // A snapshot that plans nothing leaves it to the reporter to say when its run is over.
  const dynamic = facts.dynamic || facts.steps.length === 0;
  const planned = dynamic ? 0 : facts.steps.length;
  const running = runsAlready(request);
  return {
    workspaceId: workspace,
    id,
    projectId: toId(facts.project),
    pipelineId: toId(facts.pipeline),
    pipelineName: facts.pipelineName,
    snapshotId: toId(request.snapshot),
    stackId: facts.stack === "" ? noId : toId(facts.stack),
    ownerId: owner,
    name: request.name,
    ...nesting,
    orchestratorRun: request.orchestratorRun,
    claimKey: claimKeyOf(request.orchestratorRun, id),
    index: 0,
    status: running ? Status.RUNNING : Status.INITIALIZING,
    statusReason: request.statusReason ?? "",
    inProgress: 1,
    executionMode: facts.executionMode || ExecutionMode.FAIL_FAST,
    dynamic: Number(dynamic),
    stopping: 0,
    pause: 0,
    answers: 0,
    ended: Status.UNSPECIFIED,
    plan: noHash,
    planned,
    pending: planned,
    unfinished: 0,
    retrying: 0,
    completed: 0,
    cached: 0,
    failed: 0,
    skipped: 0,
    stopped: 0,
    blocked: 0,
    positions: 0,
    parts: 0,
    parameters: noHash,
    startTime: running ? microsOf(request.startTime, now) : 0,
    endTime: 0,
    closedTime: 0,
    heartbeatTime: now,
    heartbeatTimeout: microsIn(request.heartbeatTimeout),
    heartbeatExpiresTime: never,
    contentHash: hash,
    generation: 1,
    revision: 1,
    createTime: now,
    updateTime: now,
  };
}
