import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { tellGone } from "../gone.ts";
import { inProjects } from "../project/living.ts";
import { pipelineTags } from "../tags.ts";
import { dropSnapshotsOf, pipelinesNamed } from "./store.ts";

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database } = context;
  const tag = tagBatch(pipelineTags, { ...context, outbox: context.log });
  const [gone, snapshotsGone] = [tellGone(context, "pipeline.deleted"), tellGone(context, "snapshot.deleted")];
  return {
    ...standard(context, {
      service: PipelineService,
      name: "Pipeline",
      table: "registry_pipeline",
      scope: inProjects(database),
      ...withTags(pipelineTags, context),
      row: ({ name, description }) => ({ name, description }),
      message: ({ name, description, tags }) => ({ name, description, tags: [...tags] }),
      changes: ["name", "description"],
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        tags: pipelineTags.field(database.db, database.dialect, query),
      }),
      async removed(trx, row) {
        await snapshotsGone(trx, row.workspaceId, await dropSnapshotsOf(trx, row));
        await gone(trx, row.workspaceId, [row.id]);
      },
    }),

    async tagPipelines({ pipelines: ids, ...asked }, call) {
      return { pipelines: await tag({ ids, ...asked }, call) };
    },

    async resolvePipelines({ workspace, names, prefix }) {
      return { ids: (await pipelinesNamed(database.db, toId(workspace), names, prefix)).map(toUuid) };
    },
  };
}
