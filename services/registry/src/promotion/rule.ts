import { ModelStage, type PromotionRule } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { type Kysely, sql } from "kysely";
import type { ModelRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";

type Columns = Pick<ModelRow, "approvalsNeeded" | "gatedStages">;

/** The stages that rules can be about. */
const gateable = [ModelStage.STAGING, ModelStage.PRODUCTION, ModelStage.ARCHIVED] as const;

const bitOf = (stage: ModelStage): number => 1 << stage;

/** A rule as the row of a model keeps it. One that wants no approval is none. */
export function ruleColumns(rule: Pick<PromotionRule, "approvals" | "stages"> | undefined): Columns {
  if (!rule || rule.approvals === 0) return { approvalsNeeded: 0, gatedStages: 0 };
  const stages = rule.stages.length > 0 ? rule.stages : [ModelStage.PRODUCTION];
  return { approvalsNeeded: rule.approvals, gatedStages: stages.reduce<number>((all, stage) => all | bitOf(stage), 0) };
}

/** The rule of a model, if it has one. */
export const ruleOf = ({ approvalsNeeded: approvals, gatedStages }: Columns) =>
  approvals > 0 ? { approvals, stages: gateable.filter((stage) => gatedStages & bitOf(stage)) } : undefined;

/** How many must approve that a version moves to a stage. */
export const neededFor = ({ approvalsNeeded, gatedStages }: Columns, stage: ModelStage): number =>
  gatedStages & bitOf(stage) ? approvalsNeeded : 0;

/** Lets what is not done yet follow the rule of its model, which changed in this transaction. */
export async function followRule(
  trx: Kysely<RegistryTables>,
  model: Columns & Pick<ModelRow, "workspaceId" | "id" | "updateTime">,
): Promise<void> {
  for (const stage of gateable) {
    const needed = neededFor(model, stage);
    const { PENDING, APPROVED } = PromotionState;
    await trx
      .updateTable("registry_promotion")
      .set({
        state: sql<PromotionState>`case when approval_count >= ${needed} then ${sql.lit(APPROVED)} else ${sql.lit(PENDING)} end`,
        ...{ approvalsNeeded: needed, updateTime: model.updateTime, revision: sql<number>`revision + 1` },
      })
      .where("workspaceId", "=", model.workspaceId)
      .where("modelId", "=", model.id)
      .where("stage", "=", stage)
      .where("state", "in", [PENDING, APPROVED])
      .where("approvalsNeeded", "!=", needed)
      .execute();
  }
}
