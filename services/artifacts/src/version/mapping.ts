import { create } from "@bufbuild/protobuf";
import { type ArtifactVersion, ArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Metadata } from "@signalbox/runtime/resource/metadata.ts";
import type { VersionRow } from "../tables.ts";

/** A version with the name of its artifact, and what belongs to it. */
export interface WholeVersion {
  readonly row: VersionRow;
  readonly artifactName: string;
  readonly metadata: Metadata;
  readonly tags: readonly string[];
}

export function toArtifactVersion(
  { row, artifactName, metadata, tags }: WholeVersion,
  { principalRef }: Pick<Policy, "principalRef">,
): ArtifactVersion {
  const { number, version, type, uri, dataType, serializer, digest, sizeBytes, itemCount, producerStep, consumerCount } = row;
  return create(ArtifactVersionSchema, {
    id: toUuid(row.id),
    project: toUuid(row.projectId),
    artifact: toUuid(row.artifactId),
    artifactName,
    number,
    version,
    type,
    uri,
    dataType,
    serializer,
    digest,
    ...(sizeBytes !== null && { sizeBytes: BigInt(sizeBytes) }),
    ...(itemCount !== null && { itemCount: BigInt(itemCount) }),
    producerRun: toUuidOrNone(row.producerRunId),
    producerStep,
    consumerCount,
    metadata: { ...metadata },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    tags: [...tags],
  });
}
