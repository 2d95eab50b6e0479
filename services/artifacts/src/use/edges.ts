import { fromBinary } from "@bufbuild/protobuf";
import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, isUuid, noId, toId } from "@signalbox/runtime/ids.ts";
import type { UseRow } from "../tables.ts";

/** What runs tells: a step has more edges, what a run makes gets some of its tags, a run was deleted. */
export const kinds = { edges: "step.edges", cascade: "run.cascade", deleted: "run.deleted" } as const;

/** A use that is not known yet. */
export type Edge = Omit<UseRow, "id">;

/** What a step consumed and produced, by the event that tells of its new edges. */
export function edgesOf({ workspace, payload, time }: Event): Edge[] {
  const { id, run, name: step, attempt, inputs, outputs } = fromBinary(StepSchema, payload);
  const use = (kind: UseKind) => (edge: { readonly name: string; readonly artifactVersion: string }) =>
    isUuid(edge.artifactVersion)
      ? [
          {
            workspaceId: toId(workspace),
            versionId: toId(edge.artifactVersion),
            runId: toId(run),
            step,
            attempt,
            kind,
            name: edge.name,
            stepId: isUuid(id) ? toId(id) : noId,
            time: toMicros(time),
          },
        ]
      : [];
  return [...outputs.flatMap(use(UseKind.PRODUCED)), ...inputs.flatMap(use(UseKind.CONSUMED))];
}

/** What tells one use from another. */
export const keyOfUse = ({ versionId, runId, step, attempt, kind, name }: Omit<Edge, "workspaceId" | "stepId" | "time">): string =>
  JSON.stringify([versionId.toString("hex"), runId.toString("hex"), step, attempt, kind, name]);

/** What counts once as a consumer: a step, whatever its attempts. */
export const keyOfConsumer = ({ versionId, runId, step }: Pick<Edge, "versionId" | "runId" | "step">): string =>
  JSON.stringify([versionId.toString("hex"), runId.toString("hex"), step]);

/** Each once. */
export const distinct = (ids: readonly Id[]): Id[] => [...new Map(ids.map((id) => [id.toString("hex"), id])).values()];
