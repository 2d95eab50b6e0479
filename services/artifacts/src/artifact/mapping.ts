import { create } from "@bufbuild/protobuf";
import { type Artifact, ArtifactSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { ArtifactRow } from "../tables.ts";

export function toArtifact(
  row: ArtifactRow & { readonly tags: readonly string[] },
  { principalRef }: Pick<Policy, "principalRef">,
): Artifact {
  const { name, description, latestNumber } = row;
  return create(ArtifactSchema, {
    id: toUuid(row.id),
    name,
    project: toUuid(row.projectId),
    description,
    latestNumber,
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    tags: [...row.tags],
  });
}
