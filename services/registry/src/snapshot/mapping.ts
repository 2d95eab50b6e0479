import { create } from "@bufbuild/protobuf";
import { type Snapshot, SnapshotSchema, type StepSpec, StepSpecSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { type Json, JsonSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { SnapshotStepRow } from "../pipeline/tables.ts";
import { toLatestRun } from "../run/shown.ts";
import { toCodeReference } from "./code.ts";
import type { SnapshotOfPipeline, WholeSnapshot } from "./store.ts";

type Listed = SnapshotOfPipeline & { readonly tags?: readonly string[] };

/** A snapshot without its steps and documents, as lists have it. */
export function toListedSnapshot(row: Listed, { principalRef }: Pick<Policy, "principalRef">): Snapshot {
  const { pipelineName, name, description, executionMode, contentHash, runNameTemplate, clientVersion, serverVersion, versionHash } = row;
  return create(SnapshotSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    pipeline: toUuid(row.pipelineId),
    pipelineName,
    ...{ name, description, runNameTemplate, clientVersion, serverVersion, versionHash },
    tags: [...(row.tags ?? [])],
    stack: toUuidOrNone(row.stackId),
    build: toUuidOrNone(row.buildId),
    executionMode,
    dynamic: row.dynamic === 1,
    ...(row.hasCode === 1 && { code: toCodeReference(row) }),
    contentHash,
    owner: principalRef(row.ownerId),
    codePath: row.archive,
    template: toUuidOrNone(row.templateId),
    sourceSnapshot: toUuidOrNone(row.sourceSnapshotId),
    runnable: row.runnable === 1,
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    ...latestRunIn(row, { principalRef }),
  });
}

function latestRunIn(row: SnapshotOfPipeline, policy: Pick<Policy, "principalRef">) {
  const { latestRunId: id, latestRunTime: createTime, runName: name, runStatus: status, runOwnerId: ownerId, runIndex: index } = row;
  if (name === null || status === null || ownerId === null || index === null) return {};
  return { latestRun: toLatestRun({ id, createTime, name, status, ownerId, index }, policy) };
}

/** A snapshot with everything. */
export function toSnapshot(
  { row, steps, documents }: WholeSnapshot & { readonly row: Listed },
  policy: Pick<Policy, "principalRef">,
): Snapshot {
  const json = (hash: Buffer): Json | undefined => {
    const text = documents.get(hash.toString("hex"));
    return text === undefined ? undefined : create(JsonSchema, { text });
  };
  const snapshot = toListedSnapshot(row, policy);
  snapshot.configuration = json(row.configurationHash);
  snapshot.environment = json(row.environmentHash);
  snapshot.specification = json(row.specificationHash);
  snapshot.sourceCode = documents.get(row.sourceCodeHash.toString("hex")) ?? "";
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
