import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, newId, noId } from "@signalbox/runtime/ids.ts";
import type { Kysely } from "kysely";
import { edgesOf } from "../graph/edge-store.ts";
import { statusName } from "../status/transitions.ts";
import { servedBy } from "../step/served-by.ts";
import type { StepCodeTable, StepTraitTable } from "../step/tables.ts";
import {
  type EventTable,
  type InputTable,
  never,
  noHash,
  type OutputTable,
  Parts,
  type RunsTables,
  type RunTable,
  type StepTable,
} from "../tables.ts";

/** The rows of steps that a run begins with. */
export interface Copies {
  readonly steps: readonly StepTable[];
  readonly inputs: readonly InputTable[];
  readonly outputs: readonly OutputTable[];
  readonly codes: readonly StepCodeTable[];
  readonly traits: readonly StepTraitTable[];
  readonly events: readonly EventTable[];
}

/** How many steps a run has at most whose steps are to serve. */
export const mostSteps = 10_000;

export const tooManySteps = () =>
  new SignalboxError(Reason.TOO_MANY_MATCHES, `the run has more than ${mostSteps} steps, or too much passed between them to be repeated`, {
    metadata: { limit: String(mostSteps) },
  });

/** Copies of steps of a run for another, in the order of their first reports: what was computed or cached serves, what was left out stays so. */
export async function copySteps(
  db: Kysely<RunsTables>,
  original: RunTable,
  rows: readonly StepTable[],
  run: Pick<RunTable, "id" | "createTime" | "revision">,
): Promise<Copies> {
  const { workspaceId } = original;
  if (rows.length === 0) return { steps: [], inputs: [], outputs: [], codes: [], traits: [], events: [] };
  const [edges, told, traits] = await Promise.all([
    edgesOf(db, workspaceId, original.id, mostSteps),
    rows.some(({ parts }) => (parts & Parts.CODE) !== 0)
      ? db.selectFrom("runsStepCode").selectAll().where("workspaceId", "=", workspaceId).where("runId", "=", original.id).execute()
      : [],
    rows.some(({ parts }) => (parts & Parts.TRAITS) !== 0)
      ? db.selectFrom("runsStepTrait").selectAll().where("workspaceId", "=", workspaceId).where("runId", "=", original.id).execute()
      : [],
  ]);
  if (edges.truncated) throw tooManySteps();
  const steps = rows.map((row, i) => copyOf(row, original, run, i + 1));
  const ids = new Map(rows.map(({ id, status }, i) => [id.toString("hex"), status === Status.SKIPPED ? undefined : steps[i]?.id]));
  const copied = <Row extends { readonly runId: Id; readonly stepId: Id }>(some: readonly Row[]): Row[] =>
    some.flatMap((row) => {
      const stepId = ids.get(row.stepId.toString("hex"));
      return stepId ? [{ ...row, runId: run.id, stepId }] : [];
    });
  return {
    steps,
    inputs: copied(edges.inputs),
    outputs: copied(edges.outputs),
    codes: copied(told),
    traits: copied(traits),
    events: steps.map(({ name, attempt, status }, i) => ({
      ...{ workspaceId, runId: run.id, revision: run.revision, position: i + 1, time: run.createTime },
      ...{ kind: `step.${statusName(status).toLowerCase()}`, step: name, attempt },
    })),
  };
}

function copyOf(row: StepTable, original: RunTable, run: Pick<RunTable, "id" | "createTime" | "revision">, position: number): StepTable {
  const { id: runId, createTime: now, revision } = run;
  const leftOut = row.status === Status.SKIPPED;
  return {
    ...row,
    ...{ runId, position, id: newId(), attempt: 1, latest: 1, revision, createTime: now, updateTime: now },
    status: leftOut ? Status.SKIPPED : Status.CACHED,
    statusReason: leftOut ? row.statusReason : "",
    ...(leftOut ? { cachedFromId: noId, cachedFromRun: "" } : servedBy(row, original.name)),
    ...{ exception: noHash, endHash: noHash, parts: leftOut ? 0 : row.parts & (Parts.INPUTS | Parts.OUTPUTS | Parts.CODE | Parts.TRAITS) },
    ...{ startTime: leftOut ? 0 : now, endTime: now, heartbeatTime: now, heartbeatTimeout: 0, heartbeatExpiresTime: never },
  };
}
