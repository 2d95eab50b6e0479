import { create } from "@bufbuild/protobuf";
import { type Snapshot, SnapshotSchema, type StepSpec, StepSpecSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { type Json, JsonSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { SnapshotStepRow } from "../pipeline/tables.ts";
import { toCodeReference } from "./code.ts";
import type { SnapshotOfPipeline, WholeSnapshot } from "./store.ts";

/** A snapshot without its steps and documents, as lists have it. */
export function toListedSnapshot(row: SnapshotOfPipeline, { principalRef }: Pick<Policy, "principalRef">): Snapshot {
  const { pipelineName, name, executionMode, contentHash } = row;
  return create(SnapshotSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    pipeline: toUuid(row.pipelineId),
    pipelineName,
    name,
    stack: toUuidOrNone(row.stackId),
    build: toUuidOrNone(row.buildId ?? noId),
    executionMode,
    dynamic: row.dynamic === 1,
    ...(row.hasCode === 1 && { code: toCodeReference(row) }),
    contentHash,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
  });
}

/** A snapshot with everything. */
export function toSnapshot({ row, steps, documents }: WholeSnapshot, policy: Pick<Policy, "principalRef">): Snapshot {
  const json = (hash: Buffer): Json | undefined => {
    const text = documents.get(hash.toString("hex"));
    return text === undefined ? undefined : create(JsonSchema, { text });
  };
  const snapshot = toListedSnapshot(row, policy);
  snapshot.configuration = json(row.configurationHash);
  snapshot.environment = json(row.environmentHash);
  snapshot.steps = steps.map((step) => toStep(step, steps, json(step.configurationHash)));
  return snapshot;
}

function toStep(
  { name, upstream, codeHash, maxAttempts }: SnapshotStepRow,
  all: readonly SnapshotStepRow[],
  configuration: Json | undefined,
): StepSpec {
  return create(StepSpecSchema, {
    name,
    upstream: (JSON.parse(upstream) as number[]).flatMap((position) => all[position]?.name ?? []),
    codeHash,
    maxAttempts,
    ...(configuration && { configuration }),
  });
}
