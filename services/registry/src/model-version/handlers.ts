import { ModelStage, ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { toId, toIdOrNone, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import { called, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { metadataPart } from "@signalbox/runtime/resource/metadata.ts";
import { resource } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { listOf } from "../list-of.ts";
import { aliasesOfVersions, aliasField } from "../model/aliases.ts";
import { inProjects } from "../project/living.ts";
import { findInProject, parentOf } from "../project/references.ts";
import { versionTags } from "../tags.ts";
import { checkVersionName } from "./name.ts";
import { modelNumbers } from "./numbers.ts";
import { artifactField, dropPlaces, dropVersions, modelArtifacts, modelMetadata, modelName } from "./parts.ts";
import { seekVersion } from "./seek.ts";
import { moveToStage } from "./stage.ts";
import { stageChanges, toStageChange } from "./stage-change.ts";

export function modelVersionHandlers(context: Context): Handlers<typeof ModelVersionService> {
  const { database, mutate, clock, policy } = context;
  const { db, dialect } = database;
  const tags = withTags(versionTags, context);
  const tag = tagBatch(versionTags, { ...context, outbox: context.log });

  const versions = resource(context, {
    service: ModelVersionService,
    name: "ModelVersion",
    table: "registry_model_version",
    scope: inProjects(database),
    parts: {
      ...tags.parts,
      modelName,
      artifacts: modelArtifacts,
      metadata: metadataPart(modelMetadata, dialect),
      aliases: aliasesOfVersions,
    },
    async found(request, call, projectId) {
      checkValues(request.metadata, "metadata");
      const model = await findInProject(db, "registry_model", { workspaceId: workspaceOf(call), projectId, reference: request.model });
      if (!model) throw notFound("model", request.model);
      return tags.found({ ...request, model: toUuid(model.id), modelName: model.name }, call, projectId);
    },
    checkName: checkVersionName,
    row: ({ model, name, description, card, run }) => ({
      ...{ modelId: toId(model), name, description, card, stage: ModelStage.UNSPECIFIED, runId: toIdOrNone(run) },
      // Both are given when it is added.
      ...{ number: 0, called: "" },
    }),
    async adding(trx, { workspaceId, modelId, name }) {
      const number = await modelNumbers.take(trx, workspaceId, modelId);
      return { number, called: name || String(number) };
    },
    added: tags.added,
    message: ({ modelId, modelName, number, name, description, card, stage, runId, artifacts, metadata, tags, aliases }) => ({
      ...{ model: toUuid(modelId), modelName, number, name, description, card, stage, run: toUuidOrNone(runId), metadata },
      // As they were given, until they are read from their rows.
      artifacts: artifacts.map((each) => ({ name: each.name, artifactVersion: each.artifactVersion.toLowerCase() })),
      ...{ tags: [...tags], aliases: [...aliases] },
    }),
    changes: ["name", "description", "card", "artifacts", "metadata"],
    patch: (asked, { number }) => (asked.name === undefined ? asked : { ...asked, called: asked.name || String(number) }),
    async changing({ metadata }) {
      if (metadata) checkValues(metadata, "metadata");
    },
    within: { field: "model", column: "modelId", find: (query, reference) => parentOf(db, "registry_model", query, reference) },
    fields: (query) => ({
      // Numbers of different models say nothing about each other, and no index has them in order.
      number: { kind: "int", ...(query.parentId && { sortable: true }) },
      name: { kind: "text" },
      description: { kind: "text" },
      stage: { kind: "enum", enum: ModelStageSchema },
      model: { kind: "id", column: "registry_model_version.modelId", resolve: called(db, "registry_model", query.workspaceId) },
      run: { kind: "id", column: "registry_model_version.runId" },
      artifacts: artifactField,
      metadata: modelMetadata.field("registry_model_version"),
      aliases: aliasField(db, query.workspaceId),
      tags: versionTags.field(db, dialect, query),
    }),
    removing: (trx, { workspaceId, modelId }) => modelNumbers.hold(trx, workspaceId, modelId),
    async removed(trx, { workspaceId, modelId, id }) {
      await dropPlaces(trx, { workspaceId, models: [modelId], version: id });
      await dropVersions(trx, workspaceId, [id]);
      await modelNumbers.findLatest(trx, workspaceId, modelId);
    },
  });

  return {
    ...versions.handlers,

    async findModelVersion({ version }, call) {
      const workspaceId = workspaceOf(call);
      const { id } = await seekVersion(db, { workspaceId, id: grantedId(call) }, version);
      return { modelVersion: await versions.read({ workspaceId, id }) };
    },

    async tagModelVersions({ modelVersions: ids, ...asked }, call) {
      return { modelVersions: await tag({ ids, ...asked }, call) };
    },

    async listStageChanges(request, call) {
      const { rows, ...page } = await listOf(context, call, request, stageChanges(policy));
      return { stageChanges: rows.map((row) => toStageChange(row, policy)), ...pageOf(page) };
    },

    async setModelStage({ stage, force, etag, reason }, call) {
      const place = { workspaceId: workspaceOf(call), id: grantedId(call) };
      const move = { ...place, stage, force, etag, reason, by: callerId(call), now: clock() };
      const archived = await mutate(call, { subject: toUuid(place.id) }, (trx) => moveToStage(trx, move));
      return { modelVersion: await versions.read(place), archived: toUuidOrNone(archived) };
    },
  };
}
