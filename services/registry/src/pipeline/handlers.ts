import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { Status, StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { tellGone } from "../gone.ts";
import { inProjects } from "../project/living.ts";
import { latestRunOf, toLatestRun } from "../run/shown.ts";
import { noRun } from "../run/tables.ts";
import { pipelineTags } from "../tags.ts";
import { dropSnapshotsOf, pipelinesNamed } from "./store.ts";

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database, policy } = context;
  const tags = withTags(pipelineTags, context);
  const tag = tagBatch(pipelineTags, { ...context, outbox: context.log });
  const [gone, snapshotsGone] = [tellGone(context, "pipeline.deleted"), tellGone(context, "snapshot.deleted")];
  return {
    ...standard(context, {
      service: PipelineService,
      name: "Pipeline",
      table: "registry_pipeline",
      scope: inProjects(database),
      ...tags,
      parts: { ...tags.parts, latestRun: latestRunOf("registry_pipeline") },
      row: ({ name, description }) => ({ name, description, ...noRun, latestRunStatus: Status.UNSPECIFIED, latestRunOwnerId: noId }),
      message: ({ name, description, tags, latestRun }) => ({
        ...{ name, description, tags: [...tags] },
        latestRun: latestRun && toLatestRun(latestRun, policy),
      }),
      changes: ["name", "description"],
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        tags: pipelineTags.field(database.db, database.dialect, query),
        "latest_run.time": { kind: "time", column: "registry_pipeline.latestRunTime", sortable: true },
        "latest_run.status": { kind: "enum", column: "registry_pipeline.latestRunStatus", enum: StatusSchema },
        "latest_run.owner": principalField("registry_pipeline.latestRunOwnerId", policy),
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
