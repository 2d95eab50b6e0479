import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { tellGone } from "@signalbox/runtime/events/gone.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import { tagBatch } from "@signalbox/runtime/resource/tags/batch.ts";
import { withTags } from "@signalbox/runtime/resource/tags/declared.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { dropVersionsOf, latestVersion } from "../model-version/parts.ts";
import { inProjects } from "../project/living.ts";
import { followRule, ruleColumns, ruleOf } from "../promotion/rule.ts";
import { modelTags } from "../tags.ts";
import { aliasesOfModels, checkAlias, deleteAlias, type StandingAlias, setAlias } from "./aliases.ts";
import type { ModelRow } from "./tables.ts";

export function modelHandlers(context: Context): Handlers<typeof ModelService> {
  const { database, mutate, clock, policy } = context;
  const tag = tagBatch(modelTags, { ...context, outbox: context.log });
  const gone = tellGone(context, "model.deleted");
  const tags = withTags(modelTags, context);
  const may = callerMay(context);

  const toModelAlias = ({ alias, versionId, number, updateTime, byId, revision }: StandingAlias) => ({
    ...{ alias, modelVersion: toUuid(versionId), number },
    ...{ updateTime: toTimestamp(updateTime), by: policy.principalRef(byId), etag: etagOf(revision) },
  });

  return {
    ...standard(context, {
      service: ModelService,
      name: "Model",
      table: "registry_model",
      scope: inProjects(database),
      ...tags,
      parts: { ...tags.parts, aliases: aliasesOfModels, latest: latestVersion },
      row: (request) => ({
        ...textsOf(request),
        saveToRegistry: Number(request.saveToRegistry),
        ...{ latestNumber: 0, lastNumber: 0, aliasRevision: 0, ...ruleColumns(request.promotionRule) },
      }),
      message: ({ latestNumber, latest, saveToRegistry, tags, aliases, ...row }) => ({
        ...textsOf(row),
        saveToRegistry: saveToRegistry === 1,
        ...{ latestNumber, latestVersion: toUuidOrNone(latest.id), latestVersionName: latest.name },
        ...{ tags: [...tags], aliases: aliases.map(toModelAlias) },
        ...withRule(row),
      }),
      changes: [
        "name",
        "description",
        "license",
        "audience",
        "useCases",
        "limitations",
        "tradeOffs",
        "ethics",
        "saveToRegistry",
        "promotionRule",
      ],
      async changing(asked, call) {
        // By a role and not by ownership: who makes a version often owns the model too, and could lift the gate.
        const { project } = call.granted?.resource ?? {};
        if ("promotionRule" in asked && !(await may(call, approve, { project }))) {
          throw new SignalboxError(Reason.PERMISSION_MISSING, `you may not change the promotion rule: it needs a role with ${approve}`, {
            metadata: { permission: approve },
          });
        }
      },
      patch: ({ saveToRegistry, ...asked }) => {
        const { promotionRule, ...texts } = asked;
        return {
          ...texts,
          ...(saveToRegistry !== undefined && { saveToRegistry: Number(saveToRegistry) }),
          ...("promotionRule" in asked && ruleColumns(promotionRule)),
        };
      },
      fields: (query) => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        license: { kind: "text" },
        latest_number: { kind: "int" },
        tags: modelTags.field(database.db, database.dialect, query),
      }),
      // Of one that is being created there are none yet.
      changed: async (trx, row) => void (row.revision > 1 && (await followRule(trx, row))),
      async removed(trx, row) {
        await dropVersionsOf(trx, row);
        await gone(trx, row.workspaceId, [row.id]);
      },
    }),

    async tagModels({ models: ids, ...asked }, call) {
      return { models: await tag({ ids, ...asked }, call) };
    },

    async setModelAlias({ alias, version, etag }, call) {
      checkAlias(alias);
      const place = { workspaceId: workspaceOf(call), id: grantedId(call) };
      const asked = { ...place, alias, version, etag, by: callerId(call), now: clock() };
      const set = await mutate(call, { subject: toUuid(place.id) }, (trx) => setAlias(trx, asked));
      return { alias: toModelAlias(set.alias), movedFrom: toUuidOrNone(set.movedFrom) };
    },

    async deleteModelAlias({ alias, etag }, call) {
      const place = { workspaceId: workspaceOf(call), id: grantedId(call) };
      const approver = await may(call, approve, { project: call.granted?.resource?.project });
      await mutate(call, { subject: toUuid(place.id) }, (trx) => deleteAlias(trx, { ...place, alias, etag, approver }));
      return {};
    },
  };
}

const approve = "model_version.approve";

function withRule(row: Parameters<typeof ruleOf>[0]) {
  const promotionRule = ruleOf(row);
  return promotionRule && { promotionRule };
}

type Texts = Pick<ModelRow, "name" | "description" | "license" | "audience" | "useCases" | "limitations" | "tradeOffs" | "ethics">;

/** What people wrote of a model. */
const textsOf = ({ name, description, license, audience, useCases, limitations, tradeOffs, ethics }: Texts): Texts => ({
  ...{ name, description, license },
  ...{ audience, useCases, limitations, tradeOffs, ethics },
});
