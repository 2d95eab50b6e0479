import { ModelStage, type PromotionRule } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { type Kysely, sql } from "kysely";
import type { ModelRow } from "../model/tables.ts";
import type { RegistryTables } from "../tables.ts";
import type { PromotionRow } from "./tables.ts";

type Columns = Pick<ModelRow, "approvalsNeeded" | "gatedStages" | "gatedAliases">;

/** What takes approval: that a version moves to a stage, or that an alias, where it is not empty, stands for it. */
export type Gate = Pick<PromotionRow, "stage" | "alias">;

/** The stages that rules can be about. */
const gateable = [ModelStage.STAGING, ModelStage.PRODUCTION, ModelStage.ARCHIVED] as const;

const bitOf = (stage: ModelStage): number => 1 << stage;

/** A rule as the row of a model keeps it. One that wants no approval is none. */
export function ruleColumns(rule: Pick<PromotionRule, "approvals" | "stages" | "aliases"> | undefined): Columns {
  if (!rule || rule.approvals === 0) return { approvalsNeeded: 0, gatedStages: 0, gatedAliases: "" };
  const stages = rule.stages.length + rule.aliases.length > 0 ? rule.stages : [ModelStage.PRODUCTION];
  return {
    approvalsNeeded: rule.approvals,
    gatedStages: stages.reduce<number>((all, stage) => all | bitOf(stage), 0),
    // No name has a line break in it.
    gatedAliases: [...rule.aliases].sort().join("\n"),
  };
}

/** The rule of a model, if it has one. */
export const ruleOf = (columns: Columns) => {
  const { approvalsNeeded: approvals, gatedStages } = columns;
  return approvals > 0
    ? { approvals, stages: gateable.filter((stage) => gatedStages & bitOf(stage)), aliases: aliasesOf(columns) }
    : undefined;
};

const aliasesOf = ({ gatedAliases }: Pick<Columns, "gatedAliases">): string[] => (gatedAliases === "" ? [] : gatedAliases.split("\n"));

/** How many must approve. */
export function neededFor(columns: Columns, { stage, alias }: Gate): number {
  const { approvalsNeeded, gatedStages } = columns;
  const gated = alias === "" ? (gatedStages & bitOf(stage)) !== 0 : aliasesOf(columns).includes(alias);
  return gated ? approvalsNeeded : 0;
}

/** Lets what is not done yet follow the rule of its model, which changed in this transaction. */
export async function followRule(
  trx: Kysely<RegistryTables>,
  model: Columns & Pick<ModelRow, "workspaceId" | "id" | "updateTime">,
): Promise<void> {
  const { PENDING, APPROVED } = PromotionState;
  const { workspaceId, id } = model;
  const asked = trx.selectFrom("registry_promotion").select(["stage", "alias"]).distinct().where("workspaceId", "=", workspaceId);
  const gates: Gate[] = await asked.where("modelId", "=", id).where("state", "in", [PENDING, APPROVED]).execute();
  for (const { stage, alias } of gates) {
    const needed = neededFor(model, { stage, alias });
    await trx
      .updateTable("registry_promotion")
      .set({
        state: sql<PromotionState>`case when approval_count >= ${needed} then ${sql.lit(APPROVED)} else ${sql.lit(PENDING)} end`,
        ...{ approvalsNeeded: needed, updateTime: model.updateTime, revision: sql<number>`revision + 1` },
      })
      .where("workspaceId", "=", workspaceId)
      .where("modelId", "=", id)
      .where("stage", "=", stage)
      .where("alias", "=", alias)
      .where("state", "in", [PENDING, APPROVED])
      .where("approvalsNeeded", "!=", needed)
      .execute();
  }
}
