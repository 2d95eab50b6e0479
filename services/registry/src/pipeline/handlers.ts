import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/living.ts";
import { dropSnapshotsOf, pipelinesNamed } from "./store.ts";

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database } = context;
  return {
    ...standard(context, {
      service: PipelineService,
      name: "Pipeline",
      table: "registry_pipeline",
      scope: inProjects(database),
      row: ({ name, description }) => ({ name, description }),
      message: ({ name, description }) => ({ name, description }),
      changes: ["name", "description"],
      fields: () => ({ name: { kind: "text", sortable: true }, description: { kind: "text" } }),
      removed: dropSnapshotsOf,
    }),

    async resolvePipelines({ workspace, names, prefix }) {
      return { ids: (await pipelinesNamed(database.db, toId(workspace), names, prefix)).map(toUuid) };
    },
  };
}
