import { CuratedVisualizationService, VisualizationWidthSchema } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { ResourceKindSchema } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { readerOf } from "@signalbox/runtime/policy/catalogue.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { isVisible } from "@signalbox/runtime/store/visible.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/going.ts";
import { holdVisualization } from "./store.ts";

/** Stands for no place: behind every place that there can be. */
const last = 2 ** 31;

export function curatedHandlers(context: Context): Handlers<typeof CuratedVisualizationService> {
  const { database, decisions } = context;
  const { db } = database;
  return standard(context, {
    service: CuratedVisualizationService,
    name: "CuratedVisualization",
    table: "artifacts_curated",
    scope: inProjects,
    async found(request, call, projectId) {
      const workspaceId = workspaceOf(call);
      const own = db.selectFrom("artifacts_visualization").selectAll().where("workspaceId", "=", workspaceId);
      const shown = await own.where("projectId", "=", projectId).where("id", "=", toId(request.visualization)).executeTakeFirst();
      const readable = await decisions.visible(toUuid(callerId(call)), readerOf("visualization"), toUuid(workspaceId));
      if (!shown || !isVisible(readable, shown.projectId, shown.ownerId)) throw notFound("visualization", request.visualization);
      return { ...request, versionId: shown.versionId };
    },
    row: ({ visualization, versionId, resourceKind, resource, displayName, position, width }) => ({
      ...{ versionId, resourceKind, displayName, width },
      visualizationId: toId(visualization),
      resourceId: toId(resource),
      position: position ?? last,
    }),
    message: ({ visualizationId, versionId, resourceKind, resourceId, displayName, position, width }) => ({
      ...{ resourceKind, displayName, width },
      visualization: toUuid(visualizationId),
      artifactVersion: toUuid(versionId),
      resource: toUuid(resourceId),
      ...(position < last && { position }),
    }),
    changes: ["displayName", "position", "width"],
    patch: (asked) => ("position" in asked ? { ...asked, position: Number(asked.position ?? last) } : asked),
    fields: () => ({
      visualization: { kind: "id", column: "artifacts_curated.visualizationId" },
      artifact_version: { kind: "id", column: "artifacts_curated.versionId" },
      resource_kind: { kind: "enum", enum: ResourceKindSchema },
      resource: { kind: "id", column: "artifacts_curated.resourceId" },
      display_name: { kind: "text" },
      position: { kind: "int", sortable: true },
      width: { kind: "enum", enum: VisualizationWidthSchema },
    }),
    adding: holdVisualization,
  });
}
