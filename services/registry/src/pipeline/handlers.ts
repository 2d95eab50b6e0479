import type { Pipeline } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import {
  CreatePipelineRequestSchema,
  type PipelineService,
  UpdatePipelineRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { type Id, newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { wanted } from "@signalbox/runtime/resource/tags/want.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { pipelineTags } from "../tags.ts";
import { toPipeline } from "./mapping.ts";
import { pipelineStore } from "./store.ts";
import type { PipelineRow } from "./tables.ts";

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database, mutate, clock, policy, want } = context;
  const { db, dialect } = database;
  const pipelines = pipelineStore(database, policy);

  const tag = tagBatch(pipelineTags, { ...context, outbox: context.log });
  const answers = async (workspaceId: Id, rows: readonly PipelineRow[]) =>
    (await pipelineTags.tagged(db, workspaceId, rows)).map((row) => toPipeline(row, policy));
  const answer = async (row: PipelineRow) => (await answers(row.workspaceId, [row]))[0] as Pipeline;

  return {
    async createPipeline(request, call) {
      checkName(request.name);
      const { name, description } = request;
      const [workspaceId, projectId, now] = [workspaceOf(call), grantedId(call), clock()];
      const project = toUuid(projectId);
      const row: PipelineRow = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        // By the project's id, so that it is a repeat by whichever reference.
        contentHash: contentHash(CreatePipelineRequestSchema, { ...request, project }),
        projectId,
        name,
        description,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const tags = await wanted(pipelineTags, want, { call, project: projectId, references: request.tags });
      const kept = await createOnce({
        dialect,
        type: "pipeline",
        row,
        name,
        find: () => pipelines.find(workspaceId, row.id),
        insert: () =>
          mutate(call, { subject: toUuid(row.id), project }, async (trx) => {
            await pipelines.add(trx, row);
            await pipelineTags.attach(trx, dialect, [{ holder: row, tags }], now);
            return row;
          }),
      });
      return { pipeline: await answer(kept) };
    },

    async getPipeline(_, call) {
      return { pipeline: await answer(await pipelines.get(workspaceOf(call), grantedId(call))) };
    },

    async listPipelines(request, call) {
      const { rows, ...page } = await pipelines.list(listQuery(context.lists, request, call));
      return { pipelines: await answers(workspaceOf(call), rows), ...pageOf(page) };
    },

    async updatePipeline(request, call) {
      const patch = patchOf(UpdatePipelineRequestSchema, request, ["name", "description"]);
      if (patch.name !== undefined) checkName(patch.name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "pipeline", patch.name, () =>
        mutate(
          call,
          ({ projectId }: PipelineRow) => ({ subject: toUuid(id), project: toUuid(projectId) }),
          (trx) => pipelines.change(trx, workspaceId, id, { patch, etag: request.etag, now: clock() }),
        ),
      );
      return { pipeline: await answer(row) };
    },

    async tagPipelines({ pipelines: ids, ...asked }, call) {
      return { pipelines: await tag({ ids, ...asked }, call) };
    },

    async deletePipeline({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => pipelines.remove(trx, workspaceId, id, etag));
      return {};
    },

    async resolvePipelines({ workspace, names }) {
      return { ids: (await pipelines.resolve(toId(workspace), names)).map(toUuid) };
    },
  };
}
