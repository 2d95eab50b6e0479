import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type InputOverride, type Run, RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { WaitCondition } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { toDuration } from "../report/time.ts";
import { reportedOf } from "../status/tally.ts";
import type { RunTable } from "../tables.ts";
import type { RunTrait } from "./traits.ts";

export type PrincipalNames = Pick<Policy, "principalRef" | "facts">;

/** What of a run lies elsewhere, as far as it was read. */
interface Beside {
  readonly parameters?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly waitCondition?: WaitCondition | undefined;
  readonly traits?: RunTrait | undefined;
  readonly overrides?: readonly Omit<InputOverride, "$typeName">[] | undefined;
}

/** A row as the contract has it. */
export function toRun(
  row: RunTable,
  names: PrincipalNames,
  { parameters, tags = [], waitCondition, traits, overrides = [] }: Beside = {},
): Run {
  const init: MessageInitShape<typeof RunSchema> = {
    id: toUuid(row.id),
    name: row.name,
    project: toUuid(row.projectId),
    pipeline: toUuid(row.pipelineId),
    pipelineName: row.pipelineName,
    snapshot: toUuid(row.snapshotId),
    stack: row.stackId.equals(noId) ? "" : toUuid(row.stackId),
    orchestratorRun: row.orchestratorRun,
    index: BigInt(row.index),
    status: row.status,
    statusReason: row.statusReason,
    inProgress: row.inProgress === 1,
    executionMode: row.executionMode,
    dynamic: row.dynamic === 1,
    steps: {
      total: Math.max(row.planned, reportedOf(row), reportedOf(row) + row.pending),
      running: row.unfinished,
      completed: row.completed,
      cached: row.cached,
      failed: row.failed,
      skipped: row.skipped,
      stopped: row.stopped,
    },
    revision: BigInt(row.revision),
    owner: names.principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    parentRun: row.parentRunId.equals(noId) ? "" : toUuid(row.parentRunId),
    childKey: row.childKey,
    rootRun: toUuid(row.rootRunId),
    originalRun: row.originalRunId.equals(noId) ? "" : toUuid(row.originalRunId),
    generation: row.generation,
    tags: [...tags],
    overrides: [...overrides],
    ...traits,
  };
  if (row.heartbeatTimeout > 0) init.heartbeatTimeout = toDuration(row.heartbeatTimeout);
  if (row.startTime > 0) init.startTime = toTimestamp(row.startTime);
  if (row.endTime > 0) init.endTime = toTimestamp(row.endTime);
  if (parameters !== undefined) init.parameters = { text: parameters };
  if (waitCondition) init.waitCondition = waitCondition;
  return create(RunSchema, init);
}
