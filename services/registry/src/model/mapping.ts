import { create } from "@bufbuild/protobuf";
import { type Model, ModelSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { ModelRow } from "./tables.ts";

export function toModel(row: ModelRow & { readonly tags: readonly string[] }, { principalRef }: Pick<Policy, "principalRef">): Model {
  const { name, description, license, latestNumber } = row;
  return create(ModelSchema, {
    id: toUuid(row.id),
    name,
    project: toUuid(row.projectId),
    description,
    license,
    latestNumber,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    tags: [...row.tags],
  });
}
