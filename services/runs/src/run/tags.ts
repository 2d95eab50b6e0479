import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { tagKind } from "@signalbox/runtime/resource/tags/kind.ts";

/** Runs have tags; an exclusive one is had by one run of a pipeline. */
export const runTags = tagKind({ service: "runs", kind: ResourceKind.RUN, type: "run", table: "runs_run", scope: "pipelineId" });
