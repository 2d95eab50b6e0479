import { create } from "@bufbuild/protobuf";
import { type ArtifactVersion, ArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Metadata } from "@signalbox/runtime/resource/metadata.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import type { VersionRow, VisualizationRow } from "../tables.ts";
import { toSource } from "./source.ts";

/** A version with the name of its artifact, and what belongs to it. */
export interface WholeVersion {
  readonly row: VersionRow;
  readonly artifactName: string;
  readonly metadata: Metadata;
  readonly visualizations: readonly VisualizationRow[];
  readonly tags: readonly string[];
  /** All zeros where that is not known. */
  readonly producerStepId: Id;
}

/** What a version is called and where it lies. */
export type BriefVersion = Pick<VersionRow, "id" | "projectId" | "artifactId" | "version" | "number" | "type" | "uri" | "digest"> & {
  readonly name: string;
};

export const toBriefVersion = ({ id, projectId, artifactId, name, ...row }: BriefVersion) =>
  create(ArtifactVersionSchema, {
    ...{ id: toUuid(id), project: toUuid(projectId), artifact: toUuid(artifactId), artifactName: name },
    ...row,
  });

export function toArtifactVersion(
  { row, artifactName, metadata, visualizations, tags, producerStepId }: WholeVersion,
  { principalRef }: Pick<Policy, "principalRef">,
): ArtifactVersion {
  const { number, version, type, uri, dataType, serializer, digest, sizeBytes, itemCount, producerStep, consumerCount } = row;
  const { artifactStoreId, saveKind, clientHash, description, unused } = row;
  const [serializerSource, dataTypeSource] = [toSource(row.serializerSource), toSource(row.dataTypeSource)];
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
    producerStepId: toUuidOrNone(producerStepId),
    consumerCount,
    unused: unused === 1,
    artifactStore: toUuidOrNone(artifactStoreId),
    saveKind,
    contentHash: clientHash,
    ...(serializerSource && { serializerSource }),
    ...(dataTypeSource && { dataTypeSource }),
    description,
    metadata: { ...metadata },
    owner: principalRef(row.ownerId),
    createTime: toTimestamp(row.createTime),
    updateTime: toTimestamp(row.updateTime),
    etag: etagOf(row.revision),
    visualizations: visualizations.map(({ id, projectId, versionId, ownerId, createTime, ...shown }) => ({
      ...{ type: shown.type, uri: shown.uri, owner: principalRef(ownerId), createTime: toTimestamp(createTime) },
      ...{ id: toUuid(id), project: toUuid(projectId), artifactVersion: toUuid(versionId) },
    })),
    tags: [...tags],
  });
}
