import { createHash } from "node:crypto";
import {
  type BatchCreateArtifactVersionsRequest,
  type NewArtifactVersion,
  NewArtifactVersionSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, isUuid, newId, noId, toId, toIdOrNone } from "@signalbox/runtime/ids.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import type { Metadata } from "@signalbox/runtime/resource/metadata.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { VersionRow, VisualizationRow } from "../tables.ts";
import { visualizationsOf } from "../visualization/store.ts";
import { checkVersionName } from "./name.ts";
import { nameOfSource, sourceBytes } from "./source.ts";
import { checkUri } from "./uri.ts";

/** A version that is to be created: its artifact by name, and its number not known yet. */
export interface Draft {
  /** Whether the caller brought its id. */
  readonly brought: boolean;
  readonly artifactName: string;
  /** That of its artifact, where the caller named it by its id. */
  readonly artifactId: Id | undefined;
  /** The number that the caller chose. */
  readonly number: number | undefined;
  /** Whether a person chose the name of the artifact. */
  readonly customName: boolean;
  readonly row: Omit<VersionRow, "artifactId" | "number">;
  readonly metadata: Metadata;
  readonly visualizations: readonly VisualizationRow[];
  readonly tags: readonly KnownTag[];
}

interface Origin {
  readonly workspaceId: Id;
  readonly projectId: Id;
  readonly ownerId: Id;
  readonly createTime: Micros;
  /** The names of the artifacts that the request names by their ids, by the id in hexadecimal. */
  readonly names: ReadonlyMap<string, string>;
}

/** What a request asks to create, with the tags of each. Fails with FIELD_INVALID, naming the version. */
export function draftsOf(
  { run, step, versions }: BatchCreateArtifactVersionsRequest,
  tags: readonly (readonly KnownTag[])[],
  origin: Origin,
): Draft[] {
  const ids = new Set<string>();
  const called = new Set<string>();
  return versions.map((asked, i) => {
    const field = `versions[${i}]`;
    const { id, artifact, number, version } = asked;
    if (!isUuid(artifact)) checkName(artifact, `${field}.artifact`);
    if (version !== "") checkVersionName(version, `${field}.version`);
    checkUri(asked.uri, `${field}.uri`);
    for (const [at, { uri }] of asked.visualizations.entries()) checkUri(uri, `${field}.visualizations[${at}].uri`);
    checkValues(asked.metadata, `${field}.metadata`);
    once(ids, id.toLowerCase(), `${field}.id`);
    const draft = { ...draftOf(asked, { run, step }, origin), tags: tags[i] ?? [] };
    once(called, version && JSON.stringify([draft.artifactName, version]), `${field}.version`);
    if (number !== undefined) once(called, JSON.stringify([draft.artifactName, number]), `${field}.number`);
    return draft;
  });
}

function once(seen: Set<string>, value: string, field: string): void {
  if (value === "") return;
  if (seen.has(value)) throw fieldInvalid(field, "is in the batch already", "repeated.unique");
  seen.add(value);
}

function draftOf(
  asked: NewArtifactVersion,
  { run, step }: { readonly run: string; readonly step: string },
  { workspaceId, projectId, ownerId, createTime, names }: Origin,
): Omit<Draft, "tags"> {
  const { version, number, customName, type, uri, digest, sizeBytes, itemCount, metadata } = asked;
  const { serializerSource, dataTypeSource, artifactStore, saveKind, contentHash: clientHash, description } = asked;
  const artifactId = isUuid(asked.artifact) ? toId(asked.artifact) : undefined;
  const producer = run ? toId(run) : noId;
  const content = contentHash(NewArtifactVersionSchema, asked);
  const origin = { workspaceId, id: asked.id ? toId(asked.id) : newId(), ownerId, projectId, createTime };
  return {
    brought: asked.id !== "",
    artifactName: artifactId ? (names.get(artifactId.toString("hex")) ?? "") : asked.artifact,
    ...{ artifactId, number, customName, metadata },
    visualizations: visualizationsOf(origin, asked.visualizations),
    row: {
      ...origin,
      contentHash: createHash("sha256").update(content).update(projectId).update(producer).update(step).digest(),
      version,
      type,
      uri,
      dataType: asked.dataType || nameOfSource(dataTypeSource),
      serializer: asked.serializer || nameOfSource(serializerSource),
      digest,
      artifactStoreId: toIdOrNone(artifactStore),
      saveKind,
      clientHash,
      serializerSource: sourceBytes(serializerSource),
      dataTypeSource: sourceBytes(dataTypeSource),
      description,
      sizeBytes: sizeBytes === undefined ? null : Number(sizeBytes),
      itemCount: itemCount === undefined ? null : Number(itemCount),
      producerRunId: producer,
      producerStep: step,
      consumerCount: 0,
      unused: run ? 0 : 1,
      visualized: Number(asked.visualizations.length > 0),
      revision: 1,
      updateTime: createTime,
    },
  };
}
