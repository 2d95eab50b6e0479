import { createHash } from "node:crypto";
import {
  type BatchCreateArtifactVersionsRequest,
  type NewArtifactVersion,
  NewArtifactVersionSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, newId, noId, toId } from "@signalbox/runtime/ids.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import type { Metadata } from "@signalbox/runtime/resource/metadata.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { KnownTag } from "@signalbox/runtime/resource/tags/known.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { VersionRow } from "../tables.ts";
import { checkVersionName } from "./name.ts";
import { checkUri } from "./uri.ts";

/** A version that is to be created: its artifact by name, and its number not known yet. */
export interface Draft {
  /** Whether the caller brought its id. */
  readonly brought: boolean;
  readonly artifactName: string;
  readonly row: Omit<VersionRow, "artifactId" | "number">;
  readonly metadata: Metadata;
  readonly tags: readonly KnownTag[];
}

interface Origin {
  readonly workspaceId: Id;
  readonly projectId: Id;
  readonly ownerId: Id;
  readonly createTime: Micros;
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
    const { id, artifact, version } = asked;
    checkName(artifact, `${field}.artifact`);
    if (version !== "") checkVersionName(version, `${field}.version`);
    checkUri(asked.uri, `${field}.uri`);
    checkValues(asked.metadata, `${field}.metadata`);
    once(ids, id.toLowerCase(), `${field}.id`);
    once(called, version && JSON.stringify([artifact, version]), `${field}.version`);
    return { ...draftOf(asked, { run, step }, origin), tags: tags[i] ?? [] };
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
  { workspaceId, projectId, ownerId, createTime }: Origin,
): Omit<Draft, "tags"> {
  const { version, type, uri, dataType, serializer, digest, sizeBytes, itemCount, metadata } = asked;
  const producer = run ? toId(run) : noId;
  const content = contentHash(NewArtifactVersionSchema, asked);
  return {
    brought: asked.id !== "",
    artifactName: asked.artifact,
    metadata,
    row: {
      workspaceId,
      id: asked.id ? toId(asked.id) : newId(),
      ownerId,
      contentHash: createHash("sha256").update(content).update(projectId).update(producer).update(step).digest(),
      projectId,
      version,
      type,
      uri,
      dataType,
      serializer,
      digest,
      sizeBytes: sizeBytes === undefined ? null : Number(sizeBytes),
      itemCount: itemCount === undefined ? null : Number(itemCount),
      producerRunId: producer,
      producerStep: step,
      consumerCount: 0,
      createTime,
    },
  };
}
