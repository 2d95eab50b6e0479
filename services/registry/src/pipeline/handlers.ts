import { PipelineService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { Status, StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { tellGone } from "@signalbox/runtime/events/gone.ts";
import { noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/living.ts";
import { latestRunOf, toLatestRun } from "../run/shown.ts";
import { noRun } from "../run/tables.ts";
import { pipelineTags } from "../tags.ts";
import { notePurge, purgePipeline, refuseGone, refuseWithRuns, requireRunsDeletable } from "./delete.ts";
import { pipelinesNamed } from "./store.ts";

/** A deletion works for so long on what hangs on the pipeline. */
const patienceMs = 1000;

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database, policy } = context;
  const tags = withTags(pipelineTags, context);
  const tag = tagBatch(pipelineTags, { ...context, outbox: context.log });
  const [gone, going] = [tellGone(context, "pipeline.deleted"), tellGone(context, "pipeline.purging")];
  const requireRuns = requireRunsDeletable(context);
  const pipelines = standard(context, {
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
    adding: refuseGone,
    async removed(trx, row, { withRuns = false }) {
      if (withRuns) await going(trx, row.workspaceId, [row.id]);
      else await refuseWithRuns(trx, row);
      await notePurge(trx, row, context.clock());
      await gone(trx, row.workspaceId, [row.id]);
    },
  });

  return {
    ...pipelines,

    async deletePipeline(request, call) {
      if (request.withRuns) await requireRuns(call);
      await pipelines.deletePipeline(request, call);
      // Here and now as far as it gets, else by the purge.
      await purgePipeline(context, { workspaceId: workspaceOf(call), id: grantedId(call) }, AbortSignal.timeout(patienceMs));
      return {};
    },

    async tagPipelines({ pipelines: ids, ...asked }, call) {
      return { pipelines: await tag({ ids, ...asked }, call) };
    },

    async resolvePipelines({ workspace, names, prefix }) {
      return { ids: (await pipelinesNamed(database.db, toId(workspace), names, prefix)).map(toUuid) };
    },
  };
}
