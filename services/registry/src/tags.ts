import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { tagKind } from "@signalbox/runtime/resource/tags/kind.ts";

export const pipelineTags = tagKind({ service: "registry", kind: ResourceKind.PIPELINE, type: "pipeline", table: "registry_pipeline" });
export const snapshotTags = tagKind({ service: "registry", kind: ResourceKind.SNAPSHOT, type: "snapshot", table: "registry_snapshot" });
export const modelTags = tagKind({ service: "registry", kind: ResourceKind.MODEL, type: "model", table: "registry_model" });
/** Of the versions of a model, one has an exclusive tag. */
export const versionTags = tagKind({
  ...{ service: "registry", kind: ResourceKind.MODEL_VERSION, type: "model_version", table: "registry_model_version", scope: "modelId" },
});
/** Of the templates of a pipeline, one has an exclusive tag. */
export const templateTags = tagKind({
  ...{ service: "registry", kind: ResourceKind.RUN_TEMPLATE, type: "run_template", table: "registry_run_template", scope: "pipelineId" },
});
