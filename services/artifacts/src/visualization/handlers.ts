import { VisualizationTypeSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { VisualizationService } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { withParent } from "../project/going.ts";
import { checkUri } from "../version/uri.ts";
import { markShown } from "./store.ts";

export function visualizationHandlers(context: Context): Handlers<typeof VisualizationService> {
  const { db } = context.database;
  return standard(context, {
    service: VisualizationService,
    name: "Visualization",
    table: "artifacts_visualization",
    scope: withParent,
    async found(request, call) {
      checkUri(request.uri, "uri");
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const versions = db.selectFrom("artifacts_version").select("projectId").where("workspaceId", "=", workspaceId);
      const version = await versions.where("id", "=", id).executeTakeFirst();
      if (!version) throw notFound("artifact_version", toUuid(id));
      return { ...request, projectId: version.projectId };
    },
    row: ({ artifactVersion, projectId, type, uri }) => ({ ...{ projectId }, versionId: toId(artifactVersion), type, uri }),
    message: ({ versionId, type, uri }) => ({ artifactVersion: toUuid(versionId), type, uri }),
    fields: () => ({
      artifact_version: { kind: "id", column: "artifacts_visualization.versionId" },
      type: { kind: "enum", enum: VisualizationTypeSchema },
      uri: { kind: "text" },
    }),
    adding: markShown,
    async removed(trx, { workspaceId, id }) {
      await trx.deleteFrom("artifacts_curated").where("workspaceId", "=", workspaceId).where("visualizationId", "=", id).execute();
    },
  });
}
