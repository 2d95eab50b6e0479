import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type ModelStage, ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { type Kysely, sql } from "kysely";
import type { ModelVersionRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { neededFor } from "./rule.ts";
import type { PromotionRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** The states in which a promotion still may allow something. */
export const open: readonly PromotionState[] = [PromotionState.PENDING, PromotionState.APPROVED];

/** The promotion of a version to a stage that is open: there is at most one. */
export const openPromotion = (db: Db, { workspaceId, id }: Place, stage: ModelStage, but?: Id): Promise<PromotionRow | undefined> => {
  const all = db.selectFrom("registry_promotion").selectAll().where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  const such = all.where("stage", "=", stage).where("state", "in", open);
  return (but ? such.where("id", "!=", but) : such).executeTakeFirst();
};

/**
 * The promotion that allows a version to move to a stage, if there is one. The model is held, so that its rule stays
 * as it is. Fails with APPROVAL_REQUIRED where the rule wants one and there is none.
 */
export async function allowedBy(
  trx: Db,
  { workspaceId, id, modelId }: Pick<ModelVersionRow, "workspaceId" | "id" | "modelId">,
  stage: ModelStage,
): Promise<PromotionRow | undefined> {
  const found = await openPromotion(trx, { workspaceId, id }, stage);
  if (found?.state === PromotionState.APPROVED) return found;
  const rules = trx.selectFrom("registry_model").select(["approvalsNeeded", "gatedStages"]).where("workspaceId", "=", workspaceId);
  const needed = neededFor(await rules.where("id", "=", modelId).executeTakeFirstOrThrow(), stage);
  if (needed > 0) throw approvalRequired(stage, needed, found);
  return undefined;
}

/** Ends a promotion because the version moved. Fails with APPROVAL_REQUIRED where it does not allow that any more. */
export async function endDone(trx: Db, promotion: PromotionRow, now: Micros): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("registry_promotion")
    .set({ state: PromotionState.DONE, updateTime: now, revision: sql<number>`revision + 1` })
    .where("workspaceId", "=", promotion.workspaceId)
    .where("id", "=", promotion.id)
    .where("state", "=", PromotionState.APPROVED)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw approvalRequired(promotion.stage, promotion.approvalsNeeded, promotion);
}

/** Approvals count no more once a version consists of something else. The version is held. */
export async function outdateApprovals(trx: Db, { workspaceId, id }: Place, now: Micros): Promise<void> {
  const { PENDING, APPROVED } = PromotionState;
  const all = trx.selectFrom("registry_promotion").select("id").where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  for (const promotion of await all.where("state", "in", open).execute()) {
    const { numUpdatedRows } = await trx
      .updateTable("registry_promotion")
      .set({
        state: sql<PromotionState>`case when approvals_needed > 0 then ${sql.lit(PENDING)} else ${sql.lit(APPROVED)} end`,
        ...{ approvalCount: 0, updateTime: now, revision: sql<number>`revision + 1` },
      })
      .where("workspaceId", "=", workspaceId)
      .where("id", "=", promotion.id)
      .where("state", "in", open)
      .where("approvalCount", ">", 0)
      .executeTakeFirstOrThrow();
    // It may have ended meanwhile; then what was said stays as it was.
    if (numUpdatedRows === 0n) continue;
    const said = trx.updateTable("registry_approval").set({ outdated: 1 }).where("workspaceId", "=", workspaceId);
    await said.where("promotionId", "=", promotion.id).execute();
  }
}

export const stageName = (stage: ModelStage): string => (ModelStageSchema.value[stage]?.localName ?? "").toLowerCase();

function approvalRequired(stage: ModelStage, needed: number, promotion: PromotionRow | undefined): SignalboxError {
  const approvals = needed === 1 ? "the approval of somebody else" : `the approval of ${needed} others`;
  const missing = Math.max(needed - (promotion?.approvalCount ?? 0), 0);
  const how = promotion ? `its promotion still lacks ${missing}` : "ask for its promotion";
  return new SignalboxError(Reason.APPROVAL_REQUIRED, `moving to ${stageName(stage)} takes ${approvals}; ${how}`, {
    metadata: {
      ...{ stage: stageName(stage), approvals_needed: String(needed), approvals_missing: String(missing) },
      ...(promotion && { promotion: toUuid(promotion.id) }),
    },
  });
}
