import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/going.ts";
import { artifactTags } from "../tags.ts";
import { dropUnusedVersions } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  const { db, dialect } = context.database;
  const tag = tagBatch(artifactTags, context);
  return {
    ...standard(context, {
      service: ArtifactService,
      name: "Artifact",
      table: "artifacts_artifact",
      scope: inProjects,
      ...withTags(artifactTags, context),
      row: ({ name, description }) => ({ name, description, latestNumber: 0, lastNumber: 0 }),
      message: ({ name, description, latestNumber, tags }) => ({ name, description, latestNumber, tags: [...tags] }),
      changes: ["name", "description"],
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        latest_number: { kind: "int" },
        tags: artifactTags.field(db, dialect, query),
      }),
      removed: dropUnusedVersions,
    }),

    async tagArtifacts({ artifacts: ids, ...asked }, call) {
      return { artifacts: await tag({ ids, ...asked }, call) };
    },
  };
}
