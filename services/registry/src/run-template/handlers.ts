import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { hold } from "../hold.ts";
import { inProjects } from "../project/living.ts";
import { latestRunOf, toLatestRun } from "../run/shown.ts";
import { noRun } from "../run/tables.ts";
import { templateTags } from "../tags.ts";
import { ofSnapshot } from "./snapshot-fields.ts";
import { pipelineOf, shownBy } from "./store.ts";

export function runTemplateHandlers(context: Context): Handlers<typeof RunTemplateService> {
  const { db, dialect } = context.database;
  const tag = tagBatch(templateTags, { ...context, outbox: context.log });
  const tags = withTags(templateTags, context);
  const templates = standard(context, {
    service: RunTemplateService,
    name: "RunTemplate",
    table: "registry_run_template",
    scope: inProjects(context.database),
    ...tags,
    parts: { ...tags.parts, latestRun: latestRunOf("registry_run_template") },
    async found(request, call, projectId) {
      const pipelineId = await pipelineOf(db, workspaceOf(call), projectId, toId(request.snapshot));
      if (!pipelineId) throw notFound("snapshot", request.snapshot);
      return { ...(await tags.found(request, call, projectId)), pipelineId };
    },
    row: ({ name, description, snapshot, pipelineId, hidden }) => ({
      ...{ name, description, pipelineId },
      snapshotId: toId(snapshot),
      hidden: Number(hidden),
      ...noRun,
    }),
    message: ({ name, description, snapshotId, pipelineId, hidden, tags, latestRun }) => ({
      ...{ name, description, tags: [...tags] },
      snapshot: toUuid(snapshotId),
      pipeline: toUuid(pipelineId),
      hidden: hidden === 1,
      latestRun: latestRun && toLatestRun(latestRun, context.policy),
    }),
    changes: ["name", "description", "hidden"],
    patch: ({ hidden, ...texts }) => ({ ...texts, ...(hidden !== undefined && { hidden: Number(hidden) }) }),
    fields: (query) => ({
      name: { kind: "text", sortable: true },
      description: { kind: "text" },
      snapshot: { kind: "id", column: "registry_run_template.snapshotId" },
      pipeline: { kind: "id", column: "registry_run_template.pipelineId", resolve: called(db, "registry_pipeline", query.workspaceId) },
      hidden: { kind: "flag" },
      ...ofSnapshot(db, query.workspaceId),
      tags: templateTags.field(db, dialect, query),
    }),
    listed: ({ filter }) => shownBy(filter),
    async adding(trx, { workspaceId, pipelineId, snapshotId }) {
      await hold(trx, "pipeline", workspaceId, pipelineId);
      await hold(trx, "snapshot", workspaceId, snapshotId);
    },
  });

  return {
    ...templates,

    async resolveRunTemplates({ workspace, name: text, prefix }) {
      return { runTemplates: (await called(db, "registry_run_template", toId(workspace))({ text, prefix })).map(toUuid) };
    },

    async tagRunTemplates({ runTemplates: ids, ...asked }, call) {
      return { runTemplates: await tag({ ids, ...asked }, call) };
    },
  };
}
