import { create } from "@bufbuild/protobuf";
import { type Pipeline, PipelineSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { PipelineRow } from "./tables.ts";

export function toPipeline(
  row: PipelineRow & { readonly tags: readonly string[] },
  { principalRef }: Pick<Policy, "principalRef">,
): Pipeline {
  const { name, description } = row;
  return create(PipelineSchema, {
    id: toUuid(row.id),
    name,
    project: toUuid(row.projectId),
    description,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    tags: [...row.tags],
  });
}
