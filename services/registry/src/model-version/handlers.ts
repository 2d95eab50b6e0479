import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import {
  CreateModelVersionRequestSchema,
  type ModelVersionService,
  UpdateModelVersionRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { newId, toId, toIdOrNone, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { findInProject, parentOf } from "../project/references.ts";
import { toModelVersion } from "./mapping.ts";
import { checkVersionName, soughtBy } from "./name.ts";
import { moveToStage } from "./stage.ts";
import { modelVersionStore } from "./store.ts";

export function modelVersionHandlers(context: Context): Handlers<typeof ModelVersionService> {
  const { database, mutate, clock, policy } = context;
  const { dialect } = database;
  const versions = modelVersionStore(database, policy);

  return {
    async createModelVersion(request, call) {
      const { name, description, artifacts, metadata } = request;
      if (name !== "") checkVersionName(name);
      checkValues(metadata, "metadata");
      const [workspaceId, projectId, now] = [workspaceOf(call), grantedId(call), clock()];
      const project = toUuid(projectId);
      const model = await findInProject(database.db, "registry_model", { workspaceId, projectId, reference: request.model });
      if (!model) throw notFound("model", request.model);
      const row = {
        workspaceId,
        id: request.id ? toId(request.id) : newId(),
        ownerId: callerId(call),
        contentHash: contentHash(CreateModelVersionRequestSchema, { ...request, project, model: toUuid(model.id) }),
        projectId,
        modelId: model.id,
        name,
        description,
        stage: ModelStage.UNSPECIFIED,
        runId: toIdOrNone(request.run),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      await createOnce({
        dialect,
        type: "model_version",
        row,
        name,
        find: () => versions.find(workspaceId, row.id),
        insert: () => mutate(call, { subject: toUuid(row.id), project }, (trx) => versions.add(trx, row, { artifacts, metadata })),
      });
      return { modelVersion: toModelVersion(await versions.get(workspaceId, row.id), policy) };
    },

    async getModelVersion(_, call) {
      return { modelVersion: toModelVersion(await versions.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async findModelVersion({ version }, call) {
      return { modelVersion: toModelVersion(await versions.seek(workspaceOf(call), grantedId(call), soughtBy(version), version), policy) };
    },

    async listModelVersions(request, call) {
      const query = listQuery(context.lists, request, call, request.model);
      const modelId = await parentOf(database.db, "registry_model", query, request.model);
      const { rows, ...page } = await versions.list(query, modelId);
      return { modelVersions: rows.map((each) => toModelVersion(each, policy)), ...pageOf(page) };
    },

    async updateModelVersion(request, call) {
      const { artifacts, metadata, ...patch } = patchOf(UpdateModelVersionRequestSchema, request, [
        "name",
        "description",
        "artifacts",
        "metadata",
      ]);
      if (patch.name) checkVersionName(patch.name);
      if (metadata) checkValues(metadata, "metadata");
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const changed = await naming(dialect, "model_version", patch.name, () =>
        mutate(call, { subject: toUuid(id) }, (trx) =>
          versions.change(trx, workspaceId, id, { patch, parts: { artifacts, metadata }, etag: request.etag, now: clock() }),
        ),
      );
      return { modelVersion: toModelVersion(changed, policy) };
    },

    async setModelStage({ stage, force, etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const archived = await mutate(call, { subject: toUuid(id) }, (trx) =>
        moveToStage(trx, { workspaceId, id, stage, force, etag, now: clock() }),
      );
      return {
        modelVersion: toModelVersion(await versions.get(workspaceId, id), policy),
        archived: toUuidOrNone(archived),
      };
    },

    async deleteModelVersion({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await mutate(call, { subject: toUuid(id) }, (trx) => versions.remove(trx, workspaceId, id, etag));
      return {};
    },
  };
}
