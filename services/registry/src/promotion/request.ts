import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import type { Kysely } from "kysely";
import { modelNumbers } from "../model-version/numbers.ts";
import type { RegistryTables } from "../tables.ts";
import { openPromotion, stageName } from "./gate.ts";
import { neededFor } from "./rule.ts";
import type { PromotionRow } from "./tables.ts";

/** What a request says of a promotion. */
export type Asked = Omit<PromotionRow, "projectId" | "modelId" | "number" | "state" | "approvalCount" | "approvalsNeeded">;

/**
 * Keeps that somebody asked to move a version, or an alias to it, in a transaction. A repeat fails as its insert does. Fails with
 * NOT_FOUND, PROMOTION_OPEN, or FIELD_INVALID where it stands there, or for it, already.
 */
export async function requestPromotion(trx: Kysely<RegistryTables>, asked: Asked): Promise<PromotionRow> {
  const { workspaceId, versionId, stage, alias, id } = asked;
  const { modelId } = await readRow(trx, { table: "registry_model_version", type: "model_version", workspaceId, id: versionId });
  await modelNumbers.hold(trx, workspaceId, modelId);
  const version = await readRow(trx, { table: "registry_model_version", type: "model_version", workspaceId, id: versionId });
  const needed = neededFor(await readRow(trx, { table: "registry_model", type: "model", workspaceId, id: modelId }), asked);
  const row: PromotionRow = {
    ...asked,
    ...{ projectId: version.projectId, modelId, number: version.number, approvalCount: 0, approvalsNeeded: needed },
    state: needed > 0 ? PromotionState.PENDING : PromotionState.APPROVED,
  };
  await trx.insertInto("registry_promotion").values(row).execute();
  const other = await openPromotion(trx, { workspaceId, id: versionId }, asked, id);
  if (other) throw isOpen(other);
  if (alias === "" && version.stage === stage) throw fieldInvalid("stage", "is where the version stands already");
  const standing = trx.selectFrom("registry_model_alias").select("versionId").where("workspaceId", "=", workspaceId);
  const own = alias === "" ? undefined : await standing.where("modelId", "=", modelId).where("alias", "=", alias).executeTakeFirst();
  if (own?.versionId.equals(versionId)) throw fieldInvalid("alias", "stands for the version already");
  return row;
}

function isOpen({ id, number, stage, alias, state }: PromotionRow): SignalboxError {
  const state_ = state === PromotionState.PENDING ? "pending" : "approved";
  const to = alias === "" ? stageName(stage) : `the alias "${alias}"`;
  return new SignalboxError(Reason.PROMOTION_OPEN, `a promotion of version ${number} to ${to} is ${state_} already`, {
    metadata: { promotion: toUuid(id), state: state_ },
  });
}
