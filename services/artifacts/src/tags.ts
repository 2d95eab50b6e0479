import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { tagKind } from "@signalbox/runtime/resource/tags/kind.ts";

const { ARTIFACT, ARTIFACT_VERSION } = ResourceKind;

export const artifactTags = tagKind({ service: "artifacts", kind: ARTIFACT, type: "artifact", table: "artifacts_artifact" });

/** An exclusive one is had by one version of an artifact. */
export const versionTags = tagKind({
  ...{ service: "artifacts", kind: ARTIFACT_VERSION, type: "artifact_version", table: "artifacts_version" },
  scope: "artifactId",
});
