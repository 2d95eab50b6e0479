import type { MessageInitShape } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import {
  type PromotionSchema,
  type PromotionService,
  RequestPromotionRequestSchema,
} from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { findRow, readRow } from "@signalbox/runtime/resource/change.ts";
import { createOnce, sameOrFail } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { etagOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { checkAlias } from "../model/aliases.ts";
import { parentOf } from "../project/references.ts";
import { decide, withdraw } from "./decide.ts";
import { type Asked, requestPromotion } from "./request.ts";
import { listPromotions, type WholePromotion, whole } from "./store.ts";
import type { PromotionRow } from "./tables.ts";

export function promotionHandlers(context: Context): Handlers<typeof PromotionService> {
  const { database, mutate, clock, lists, policy } = context;
  const { db, dialect } = database;

  const answer = async (row: PromotionRow) => {
    const [promotion] = await whole(db, row.workspaceId, [row]);
    return promotion ? { promotion: toPromotion(promotion, policy) } : {};
  };
  const placeOf = (call: Call) => ({ workspaceId: workspaceOf(call), id: grantedId(call) });
  const aboutOf = ({ id, projectId }: PromotionRow) => ({ subject: toUuid(id), project: toUuid(projectId) });

  return {
    async requestPromotion(request, call) {
      const { workspaceId, id: versionId } = placeOf(call);
      if ((request.stage === ModelStage.UNSPECIFIED) === (request.alias === ""))
        throw fieldInvalid("stage", "or an alias must be named, and not both");
      if (request.alias !== "") checkAlias(request.alias);
      const now = clock();
      const row: Asked = {
        ...{ workspaceId, id: request.id ? toId(request.id) : newId(), ownerId: callerId(call), versionId },
        ...{ stage: request.stage, alias: request.alias, reason: request.reason, forced: Number(request.force) },
        ...{ contentHash: contentHash(RequestPromotionRequestSchema, request), revision: 1, createTime: now, updateTime: now },
      };
      const find = () => findRow(db, { table: "registry_promotion", type: "promotion", workspaceId, id: row.id });
      // A repeat is answered whatever has become of it.
      const held = request.id ? await find() : undefined;
      if (held) return answer(sameOrFail("promotion", held, row));
      const insert = () => mutate(call, aboutOf, (trx) => requestPromotion(trx, row));
      return answer(await createOnce<PromotionRow>({ dialect, type: "promotion", row, name: "", insert, find }));
    },

    async getPromotion(_, call) {
      return answer(await readRow(db, { table: "registry_promotion", type: "promotion", ...placeOf(call) }));
    },

    async listPromotions(request, call) {
      const query = listQuery(lists, request, call, request.model);
      const parentId = await parentOf(db, "registry_model", query, request.model);
      const { rows, ...page } = await listPromotions(db, { ...query, parentId }, policy);
      return { promotions: rows.map((row) => toPromotion(row, policy)), ...pageOf(page) };
    },

    async decidePromotion({ approved, comment, etag }, call) {
      const [by, decision] = [callerId(call), { ...placeOf(call), approved, comment, etag, now: clock() }];
      // Who asked has every right on what they asked for, but not this one: it is for others to say.
      if (call.granted?.resource?.owner === toUuid(by)) {
        const metadata = { permission: "model_version.approve" };
        throw new SignalboxError(Reason.PERMISSION_MISSING, "you asked for this promotion: others decide on it", { metadata });
      }
      return answer(await mutate(call, aboutOf, (trx) => decide(trx, { ...decision, by })));
    },

    async withdrawPromotion({ etag }, call) {
      const asked = { ...placeOf(call), etag, now: clock() };
      return answer(await mutate(call, aboutOf, (trx) => withdraw(trx, asked)));
    },
  };
}

const toPromotion = (row: WholePromotion, { principalRef }: Pick<Policy, "principalRef">) =>
  ({
    ...{ id: toUuid(row.id), project: toUuid(row.projectId), model: toUuid(row.modelId), modelName: row.modelName },
    ...{ modelVersion: toUuid(row.versionId), number: row.number, stage: row.stage, alias: row.alias, state: row.state },
    ...{ reason: row.reason, force: row.forced === 1, approvalsNeeded: row.approvalsNeeded },
    approvals: row.approvals.map(({ byId, approved, outdated, comment, createTime }) => ({
      ...{ by: principalRef(byId), approved: approved === 1, outdated: outdated === 1, comment, createTime: toTimestamp(createTime) },
    })),
    ...{ owner: principalRef(row.ownerId), createTime: toTimestamp(row.createTime), updateTime: toTimestamp(row.updateTime) },
    etag: etagOf(row.revision),
  }) satisfies MessageInitShape<typeof PromotionSchema>;
