import type { Model } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import {
  CreateModelRequestSchema,
  type ModelService,
  UpdateModelRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
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
import { modelTags } from "../tags.ts";
import { toModel } from "./mapping.ts";
import { modelStore } from "./store.ts";
import type { ModelRow } from "./tables.ts";

export function modelHandlers(context: Context): Handlers<typeof ModelService> {
  const { database, mutate, clock, policy, want } = context;
  const { db, dialect } = database;
  const models = modelStore(database, policy);

  const tag = tagBatch(modelTags, { ...context, outbox: context.log });
  const answers = async (workspaceId: Id, rows: readonly ModelRow[]) =>
    (await modelTags.tagged(db, workspaceId, rows)).map((row) => toModel(row, policy));
  const answer = async (row: ModelRow) => (await answers(row.workspaceId, [row]))[0] as Model;

  return {
    async createModel(request, call) {
      checkName(request.name);
      const { name, description, license } = request;
      const [workspaceId, projectId, now] = [workspaceOf(call), grantedId(call), clock()];
      const project = toUuid(projectId);
      const row: ModelRow = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateModelRequestSchema, { ...request, project }),
        projectId,
        name,
        description,
        license,
        latestNumber: 0,
        lastNumber: 0,
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const tags = await wanted(modelTags, want, { call, project: projectId, references: request.tags });
      const kept = await createOnce({
        dialect,
        type: "model",
        row,
        name,
        find: () => models.find(workspaceId, row.id),
        insert: () =>
          mutate(call, { subject: toUuid(row.id), project }, async (trx) => {
            await models.add(trx, row);
            await modelTags.attach(trx, dialect, [{ holder: row, tags }], now);
            return row;
          }),
      });
      return { model: await answer(kept) };
    },

    async getModel(_, call) {
      return { model: await answer(await models.get(workspaceOf(call), grantedId(call))) };
    },

    async listModels(request, call) {
      const { rows, ...page } = await models.list(listQuery(context.lists, request, call));
      return { models: await answers(workspaceOf(call), rows), ...pageOf(page) };
    },

    async updateModel(request, call) {
      const patch = patchOf(UpdateModelRequestSchema, request, ["name", "description", "license"]);
      if (patch.name !== undefined) checkName(patch.name);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await naming(dialect, "model", patch.name, () =>
        mutate(
          call,
          ({ projectId }: ModelRow) => ({ subject: toUuid(id), project: toUuid(projectId) }),
          (trx) => models.change(trx, workspaceId, id, { patch, etag: request.etag, now: clock() }),
        ),
      );
      return { model: await answer(row) };
    },

    async tagModels({ models: ids, ...asked }, call) {
      return { models: await tag({ ids, ...asked }, call) };
    },

    async deleteModel({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => models.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
