import {
  CreatePipelineRequestSchema,
  type PipelineService,
  UpdatePipelineRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { toPipeline } from "./mapping.ts";
import { pipelineStore } from "./store.ts";
import type { PipelineRow } from "./tables.ts";

export function pipelineHandlers(context: Context): Handlers<typeof PipelineService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const pipelines = pipelineStore(database, policy);

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
      const kept = await createOnce({
        dialect,
        type: "pipeline",
        row,
        name,
        find: () => pipelines.find(workspaceId, row.id),
        insert: () => mutate(call, { subject: toUuid(row.id), project }, (trx) => pipelines.add(trx, row).then(() => row)),
      });
      return { pipeline: toPipeline(kept, policy) };
    },

    async getPipeline(_, call) {
      return { pipeline: toPipeline(await pipelines.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listPipelines(request, call) {
      const { rows, ...page } = await pipelines.list(listQuery(context.lists, request, call));
      return { pipelines: rows.map((row) => toPipeline(row, policy)), ...pageOf(page) };
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
      return { pipeline: toPipeline(row, policy) };
    },

    async deletePipeline({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => pipelines.remove(trx, workspaceId, id, etag));
      return {};
    },

    async resolvePipelines({ workspace, names, prefix }) {
      const found = await pipelines.resolve(toId(workspace), names, prefix);
      return { ids: found.map(toUuid) };
    },
  };
}
