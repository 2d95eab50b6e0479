import { create, toBinary } from "@bufbuild/protobuf";
import { RunSchema, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { NewEvent } from "@signalbox/runtime/store/outbox.ts";
import { type PrincipalNames, toRun } from "../run/mapping.ts";
import { toInput, toOutput } from "../step/mapping.ts";
import type { InputTable, OutputTable, RunTable, StepTable } from "../tables.ts";
import type { RunDraft, StepDraft } from "./draft.ts";

/**
 * A run was created or changed: no payload, since it is told with every report, and whoever wants the run reads it as it is by
 * then. So the log keeps the latest of a run only.
 */
export const runChanged = "run.changed";
/**
 * A run was created, or stands elsewhere: the run, as far as others keep it. Seldom told, since most of what is reported moves no run.
 */
const runStatus = "run.status";
/** Nothing of a run is in progress any more: the run, without what it was started with. */
const runEnded = "run.ended";
/** A run was deleted: no payload. */
export const runDeleted = "run.deleted";
/** Edges were added to a step: which step it is, with these edges and no others. */
const stepEdges = "step.edges";

/** That a run was created or changed, for the outbox. */
export const runChange = ({ workspaceId, id }: RunTable, time: Micros): NewEvent => ({
  ...{ workspaceId, kind: runChanged, subject: id, payload: nothing, createdTime: time },
});

/** Where a run stands, for the outbox. */
function runStanding({ workspaceId, id, ...run }: RunTable, time: Micros): NewEvent {
  const message = create(RunSchema, {
    ...{ id: toUuid(id), project: toUuid(run.projectId), pipeline: toUuid(run.pipelineId), snapshot: toUuid(run.snapshotId) },
    ...{ name: run.name, index: BigInt(run.index), status: run.status, revision: BigInt(run.revision) },
    ...{ owner: { id: toUuid(run.ownerId) }, createTime: toTimestamp(run.createTime) },
  });
  return { workspaceId, kind: runStatus, subject: id, payload: Buffer.from(toBinary(RunSchema, message)), createdTime: time };
}

/** That a run is there now. */
export const runCreation = (run: RunTable, time: Micros): NewEvent[] => [runChange(run, time), runStanding(run, time)];

function runEnd(run: RunTable, names: PrincipalNames, time: Micros): NewEvent {
  const payload = Buffer.from(toBinary(RunSchema, toRun(run, names)));
  return { workspaceId: run.workspaceId, kind: runEnded, subject: run.id, payload, createdTime: time };
}

const nothing = Buffer.alloc(0);

/** What others hear of the changes of a run. */
export function eventsOf(draft: RunDraft, names: PrincipalNames, time: Micros): NewEvent[] {
  const { run, effects } = draft;
  if (!draft.changed) return [];
  return [
    ...edgesEvents(
      withEdges(draft).map(({ row }) => row),
      effects,
      time,
    ),
    runChange(run, time),
    ...(run.status === draft.stood ? [] : [runStanding(run, time)]),
    ...(effects.events.some(({ kind }) => kind === runEnded) ? [runEnd(run, names, time)] : []),
  ];
}

/** The attempts that got edges. */
export const withEdges = ({ steps }: RunDraft): StepDraft[] => [...steps.values()].flat().filter((step) => step.edges);

interface Added {
  readonly inputs: readonly InputTable[];
  readonly outputs: readonly OutputTable[];
}

/** What others hear of steps that got some of these edges. */
export function edgesEvents(steps: readonly StepTable[], added: Added, time: Micros): NewEvent[] {
  const byStep = ({ stepId }: { readonly stepId: Id }) => stepId.toString("hex");
  const inputs = Map.groupBy<string, InputTable>(added.inputs, byStep);
  const outputs = Map.groupBy<string, OutputTable>(added.outputs, byStep);
  return steps.flatMap(({ workspaceId, id, runId, name, attempt }) => {
    const key = id.toString("hex");
    const edges = { inputs: (inputs.get(key) ?? []).map(toInput), outputs: (outputs.get(key) ?? []).map(toOutput) };
    if (edges.inputs.length + edges.outputs.length === 0) return [];
    const payload = Buffer.from(toBinary(StepSchema, create(StepSchema, { run: toUuid(runId), name, attempt, ...edges })));
    return [{ workspaceId, kind: stepEdges, subject: id, payload, createdTime: time }];
  });
}
