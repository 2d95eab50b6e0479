import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ModelStage, ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { type Kysely, sql } from "kysely";
import type { ModelVersionRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { type Gate, neededFor } from "./rule.ts";
import type { PromotionRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** The states in which a promotion still may allow something. */
export const open: readonly PromotionState[] = [PromotionState.PENDING, PromotionState.APPROVED];

/** The promotion of a version to a stage, or of an alias to it, that is open: there is at most one. */
export const openPromotion = (db: Db, { workspaceId, id }: Place, { stage, alias }: Gate, but?: Id): Promise<PromotionRow | undefined> => {
  const all = db.selectFrom("registry_promotion").selectAll().where("workspaceId", "=", workspaceId).where("versionId", "=", id);
  const such = all.where("stage", "=", stage).where("alias", "=", alias).where("state", "in", open);
  return (but ? such.where("id", "!=", but) : such).executeTakeFirst();
};

/**
 * The promotion that allows a version to move to a stage, or an alias to stand for it, if there is one. The model is held, so that its rule stays
 * as it is. Fails with APPROVAL_REQUIRED where the rule wants one and there is none.
 */
export async function allowedBy(
  trx: Db,
  { workspaceId, id, modelId }: Pick<ModelVersionRow, "workspaceId" | "id" | "modelId">,
  gate: Gate,
): Promise<PromotionRow | undefined> {
  const found = await openPromotion(trx, { workspaceId, id }, gate);
  if (found?.state === PromotionState.APPROVED) return found;
  const needed = await neededIn(trx, { workspaceId, id: modelId }, gate);
  if (needed > 0) throw approvalRequired(gate, needed, found);
  return undefined;
}

/** How many must approve by the rule of a model. */
export async function neededIn(trx: Db, { workspaceId, id }: Place, gate: Gate): Promise<number> {
  const rules = trx.selectFrom("registry_model").select(["approvalsNeeded", "gatedStages", "gatedAliases"]);
  return neededFor(await rules.where("workspaceId", "=", workspaceId).where("id", "=", id).executeTakeFirstOrThrow(), gate);
}

/** An alias, as what takes approval. */
export const aliasGate = (alias: string): Gate => ({ stage: ModelStage.UNSPECIFIED, alias });

/** Ends a promotion because the version moved. Fails with APPROVAL_REQUIRED where it does not allow that any more. */
export async function endDone(trx: Db, promotion: PromotionRow, now: Micros): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("registry_promotion")
    .set({ state: PromotionState.DONE, updateTime: now, revision: sql<number>`revision + 1` })
    .where("workspaceId", "=", promotion.workspaceId)
    .where("id", "=", promotion.id)
    .where("state", "=", PromotionState.APPROVED)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw approvalRequired(promotion, promotion.approvalsNeeded, promotion);
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

/** In words: "moving to production". */
const gateName = ({ stage, alias }: Gate): string => (alias === "" ? `moving to ${stageName(stage)}` : `taking the alias "${alias}"`);

function approvalRequired(gate: Gate, needed: number, promotion: PromotionRow | undefined): SignalboxError {
  const approvals = needed === 1 ? "the approval of somebody else" : `the approval of ${needed} others`;
  const missing = Math.max(needed - (promotion?.approvalCount ?? 0), 0);
  const how = promotion ? `its promotion still lacks ${missing}` : "ask for its promotion";
  return new SignalboxError(Reason.APPROVAL_REQUIRED, `${gateName(gate)} takes ${approvals}; ${how}`, {
    metadata: {
      ...(gate.alias === "" ? { stage: stageName(gate.stage) } : { alias: gate.alias }),
      ...{ approvals_needed: String(needed), approvals_missing: String(missing) },
      ...(promotion && { promotion: toUuid(promotion.id) }),
    },
  });
}
