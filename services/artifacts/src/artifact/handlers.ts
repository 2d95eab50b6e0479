import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { tagsPart } from "@signalbox/runtime/resource/tags/part.ts";
import { wanted } from "@signalbox/runtime/resource/tags/want.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/going.ts";
import { artifactTags } from "../tags.ts";
import { dropUnusedVersions } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  const { database, want } = context;
  const { db, dialect } = database;
  const tag = tagBatch(artifactTags, context);
  return {
    ...standard(context, {
      service: ArtifactService,
      name: "Artifact",
      table: "artifacts_artifact",
      scope: inProjects,
      parts: { tags: tagsPart(artifactTags) },
      async found(request, call, project) {
        return { ...request, found: await wanted(artifactTags, want, { call, project, references: request.tags }) };
      },
      row: ({ name, description }) => ({ name, description, latestNumber: 0, lastNumber: 0 }),
      message: ({ name, description, latestNumber, tags }) => ({ name, description, latestNumber, tags: [...tags] }),
      changes: ["name", "description"],
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        latest_number: { kind: "int" },
        tags: artifactTags.field(db, dialect, query),
      }),
      added: (trx, row, { found }) => artifactTags.attach(trx, dialect, [{ holder: row, tags: found }], row.createTime),
      removed: dropUnusedVersions,
    }),

    async tagArtifacts({ artifacts: ids, ...asked }, call) {
      return { artifacts: await tag({ ids, ...asked }, call) };
    },
  };
}
