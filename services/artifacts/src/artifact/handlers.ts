import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/going.ts";
import { dropUnusedVersions } from "./store.ts";

export function artifactHandlers(context: Context): Handlers<typeof ArtifactService> {
  return standard(context, {
    service: ArtifactService,
    name: "Artifact",
    table: "artifacts_artifact",
    scope: inProjects,
    row: ({ name, description }) => ({ name, description, latestNumber: 0, lastNumber: 0 }),
    message: ({ name, description, latestNumber }) => ({ name, description, latestNumber }),
    changes: ["name", "description"],
    fields: () => ({
      name: { kind: "text", sortable: true },
      description: { kind: "text" },
      latest_number: { kind: "int" },
    }),
    removed: dropUnusedVersions,
  });
}
