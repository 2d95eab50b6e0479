import { ModelStage, ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toId, toIdOrNone, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkValues } from "@signalbox/runtime/resource/json.ts";
import { called, listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { metadataLog } from "@signalbox/runtime/resource/metadata-log.ts";
import { resource } from "@signalbox/runtime/resource/standard.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { listOf } from "../list-of.ts";
import { aliasesOfVersions, aliasField } from "../model/aliases.ts";
import { inProjects } from "../project/living.ts";
import { findInProject, parentOf } from "../project/references.ts";
import { versionTags } from "../tags.ts";
import { firstOf, linkCount, modelArtifacts } from "./artifacts.ts";
import { linkHandlers } from "./link-handlers.ts";
import { linkField } from "./links.ts";
import { modelFacts, modelLog, modelMetadata } from "./metadata.ts";
import { checkVersionName } from "./name.ts";
import { modelNumbers } from "./numbers.ts";
import { dropPlaces, dropVersions, modelName } from "./parts.ts";
import { runsOfVersion } from "./runs.ts";
import { seekVersion, versionsOfModels } from "./seek.ts";
import { moveToStage } from "./stage.ts";
import { stageChanges, toStageChange } from "./stage-change.ts";

export function modelVersionHandlers(context: Context): Handlers<typeof ModelVersionService> {
  const { database, mutate, clock, policy } = context;
  const { db, dialect } = database;
  const tags = withTags(versionTags, context);
  const tag = tagBatch(versionTags, { ...context, outbox: context.log });
  const artifactLinks = modelArtifacts(policy);

  const find = (workspaceId: Id, ids: readonly Id[]) => versionTags.find(db, workspaceId, ids);
  const metadata = metadataLog({ ...modelLog, counted: true, find }, { ...context, outbox: context.log });

  const versions = resource(context, {
    service: ModelVersionService,
    name: "ModelVersion",
    table: "registry_model_version",
    scope: inProjects(database),
    parts: {
      ...tags.parts,
      modelName,
      artifacts: artifactLinks,
      metadata: modelFacts(dialect),
      aliases: aliasesOfVersions,
    },
    async found(request, call, projectId) {
      checkValues(request.metadata, "metadata");
      const model = await findInProject(db, "registry_model", { workspaceId: workspaceOf(call), projectId, reference: request.model });
      if (!model) throw notFound("model", request.model);
      return tags.found({ ...request, model: toUuid(model.id), modelName: model.name }, call, projectId);
    },
    checkName: checkVersionName,
    row: ({ model, name, description, card, run, artifacts }) => ({
      ...{ modelId: toId(model), name, description, card, stage: ModelStage.UNSPECIFIED, runId: toIdOrNone(run) },
      ...{ artifactCount: linkCount(artifacts), runCount: 0 },
      // Both are given when it is added.
      ...{ number: 0, called: "" },
    }),
    async adding(trx, { workspaceId, modelId, name }) {
      const number = await modelNumbers.take(trx, workspaceId, modelId);
      return { number, called: name || String(number) };
    },
    added: async (trx, row, request) => ({
      ...(await tags.added(trx, row, request)),
      ...(row.artifactCount > 0 && {
        artifacts: (await artifactLinks.of(trx, row.workspaceId, [row.id])).get(row.id.toString("hex")) ?? [],
      }),
    }),
    message: ({ modelId, modelName, number, name, description, card, stage, runId, metadata, ...row }) => ({
      ...{ model: toUuid(modelId), modelName, number, name, description, card, stage, run: toUuidOrNone(runId), metadata },
      ...{ artifacts: firstOf(row.artifacts), artifactCount: BigInt(row.artifactCount), runCount: BigInt(row.runCount) },
      ...{ tags: [...row.tags], aliases: [...row.aliases] },
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
      name: { kind: "text", sortable: true },
      description: { kind: "text" },
      stage: { kind: "enum", enum: ModelStageSchema, sortable: true },
      model: { kind: "id", column: "registry_model_version.modelId", resolve: called(db, "registry_model", query.workspaceId) },
      run: { kind: "id", column: "registry_model_version.runId" },
      artifacts: linkField(db, query.workspaceId, { table: "registry_model_artifact", column: "artifactVersionId" }),
      runs: linkField(db, query.workspaceId, { table: "registry_model_run", column: "runId" }),
      metadata: modelMetadata.field("registry_model_version", database, query.workspaceId),
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

  const placeOf = (call: Call): Place => ({ workspaceId: workspaceOf(call), id: grantedId(call) });

  return {
    ...versions.handlers,
    ...linkHandlers(context),

    async updateModelVersion(request, call) {
      await versions.handlers.updateModelVersion(request, call);
      // What it consists of is known from its links only.
      return { modelVersion: await versions.read(placeOf(call)) };
    },

    async findModelVersion({ version }, call) {
      const workspaceId = workspaceOf(call);
      const { id } = await seekVersion(db, { workspaceId, id: grantedId(call) }, version);
      return { modelVersion: await versions.read({ workspaceId, id }) };
    },

    async resolveModelVersions({ workspace, ...asked }) {
      return { modelVersions: (await versionsOfModels(db, toId(workspace), asked)).map(toUuid) };
    },

    async resolveModelRuns({ workspace, modelVersion }) {
      return { runs: (await runsOfVersion(db, toId(workspace), toId(modelVersion))).map(toUuid) };
    },

    async tagModelVersions({ modelVersions: ids, ...asked }, call) {
      return { modelVersions: await tag({ ids, ...asked }, call) };
    },

    async logMetadata({ modelVersions: ids, ...asked }, call) {
      await metadata.log({ ids, ...asked }, call);
      return {};
    },

    async listMetadata(request, call) {
      const { workspaceId, id } = placeOf(call);
      return metadata.list(workspaceId, id, request, listContext(context.lists, call, toUuid(id)));
    },

    async listStageChanges(request, call) {
      const { rows, ...page } = await listOf(context, call, request, stageChanges(policy));
      return { stageChanges: rows.map((row) => toStageChange(row, policy)), ...pageOf(page) };
    },

    async setModelStage({ stage, force, etag, reason }, call) {
      const place = placeOf(call);
      const move = { ...place, stage, force, etag, reason, by: callerId(call), now: clock() };
      const archived = await mutate(call, { subject: toUuid(place.id) }, (trx) => moveToStage(trx, move));
      return { modelVersion: await versions.read(place), archived: toUuidOrNone(archived) };
    },
  };
}
