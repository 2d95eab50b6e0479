import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/going.ts";
import { artifactTags } from "../tags.ts";
import { latestPart } from "./latest.ts";
import { dropAllVersions, dropUnusedVersions } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  const { db, dialect } = context.database;
  const tagged = withTags(artifactTags, context);
  const tag = tagBatch(artifactTags, context);
  const methods = {
    ...standard(context, {
      service: ArtifactService,
      name: "Artifact",
      table: "artifacts_artifact",
      scope: inProjects,
      ...tagged,
      parts: { ...tagged.parts, latest: latestPart },
      row: ({ name, description, customName }) => ({
        ...{ name, description, latestNumber: 0, lastNumber: 0 },
        customName: Number(customName),
      }),
      message: ({ name, description, customName, latestNumber, latest, tags }) => ({
        ...{ name, description, latestNumber },
        customName: customName === 1,
        latestVersion: latest ? toUuid(latest.id) : "",
        latestVersionName: latest?.version ?? "",
        tags: [...tags],
      }),
      changes: ["name", "description", "customName"],
      patch: ({ customName, ...texts }) => ({ ...texts, ...(customName !== undefined && { customName: Number(customName) }) }),
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        custom_name: { kind: "flag" },
        latest_number: { kind: "int" },
        tags: artifactTags.field(db, dialect, query),
      }),
      removed: dropUnusedVersions,
    }),

    async tagArtifacts({ artifacts: ids, ...asked }, call) {
      return { artifacts: await tag({ ids, ...asked }, call) };
    },
  } satisfies Handlers<typeof ArtifactService>;
  return {
    ...methods,
    async deleteArtifact(request, call) {
      if (request.withVersions) await dropAllVersions(context, call, request.etag);
      return methods.deleteArtifact(request, call);
    },
  };
}
