import type { ModelArtifactService } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";

/** One more than a filter may match. */
const most = 1001;

export function modelArtifactHandlers({ database: { db } }: Context): Handlers<typeof ModelArtifactService> {
  const links = (workspace: string) =>
    db.selectFrom("registry_model_artifact").where("registry_model_artifact.workspaceId", "=", toId(workspace));

  return {
    async resolveModelArtifacts({ workspace, model, prefix, modelVersion }) {
      const all = links(workspace).select("registry_model_artifact.artifactVersionId as id").distinct().limit(most);
      if (modelVersion !== "") {
        const found = await all.where("registry_model_artifact.versionId", "=", toId(modelVersion)).execute();
        return { artifactVersions: found.map(({ id }) => toUuid(id)) };
      }
      const ofModels = all
        .innerJoin("registry_model_version", (join) =>
          join
            .onRef("registry_model_version.workspaceId", "=", "registry_model_artifact.workspaceId")
            .onRef("registry_model_version.id", "=", "registry_model_artifact.versionId"),
        )
        .innerJoin("registry_model", (join) =>
          join
            .onRef("registry_model.workspaceId", "=", "registry_model_version.workspaceId")
            .onRef("registry_model.id", "=", "registry_model_version.modelId"),
        );
      const chosen = prefix
        ? ofModels.where("registry_model.name", ">=", model).where("registry_model.name", "<", `${model}\u{10ffff}`)
        : isUuid(model)
          ? ofModels.where("registry_model.id", "=", toId(model))
          : ofModels.where("registry_model.name", "=", model);
      return { artifactVersions: (await chosen.execute()).map(({ id }) => toUuid(id)) };
    },

    async resolveLinkedArtifacts({ workspace, artifactVersions }) {
      const linked = links(workspace).select("artifactVersionId as id").distinct();
      const found = await linked.where("artifactVersionId", "in", artifactVersions.map(toId)).execute();
      return { artifactVersions: found.map(({ id }) => toUuid(id)) };
    },
  };
}
