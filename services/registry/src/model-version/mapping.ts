import { create } from "@bufbuild/protobuf";
import { type ModelVersion, ModelVersionSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { WholeVersion } from "./store.ts";

export function toModelVersion({ row, parts }: WholeVersion, { principalRef }: Pick<Policy, "principalRef">): ModelVersion {
  const { modelName, number, name, description, stage } = row;
  return create(ModelVersionSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    model: toUuid(row.modelId),
    modelName,
    number,
    name,
    description,
    stage,
    run: toUuidOrNone(row.runId),
    artifacts: [...parts.artifacts],
    metadata: { ...parts.metadata },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
  });
}
