import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { PromotionState, PromotionStateSchema } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import type { Place } from "@signalbox/runtime/resource/standard-rows.ts";
import { checkEtag } from "@signalbox/runtime/rpc/patch.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";
import { open } from "./gate.ts";
import type { ApprovalRow, PromotionRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface Decision extends Place {
  readonly approved: boolean;
  readonly comment: string;
  readonly etag: string;
  readonly by: Id;
  readonly now: Micros;
}

/** Approves or rejects, in a transaction. Fails with NOT_FOUND, ETAG_MISMATCH or TRANSITION_REFUSED. */
export async function decide(trx: Db, { approved, comment, etag, by, now, ...place }: Decision): Promise<PromotionRow> {
  const { workspaceId, id: promotionId } = place;
  const promotion = await hold(trx, place);
  const all = trx.selectFrom("registry_approval").selectAll().where("workspaceId", "=", workspaceId);
  const said = await all.where("promotionId", "=", promotionId).execute();
  const own = said.find((each) => each.byId.equals(by));
  if (own && own.outdated === 0 && own.approved === Number(approved) && own.comment === comment) return promotion;
  checkEtag(etag, promotion.revision);
  refuseEnded(promotion, approved ? "approved" : "rejected");
  const row: ApprovalRow = { workspaceId, promotionId, byId: by, approved: Number(approved), outdated: 0, comment, createTime: now };
  if (own) {
    const before = trx.deleteFrom("registry_approval").where("workspaceId", "=", workspaceId);
    await before.where("promotionId", "=", promotionId).where("byId", "=", by).execute();
  }
  await trx.insertInto("registry_approval").values(row).execute();
  const others = said.filter((each) => each !== own && each.approved === 1 && each.outdated === 0).length;
  const approvalCount = others + row.approved;
  const enough = approvalCount >= promotion.approvalsNeeded ? PromotionState.APPROVED : PromotionState.PENDING;
  return change(trx, promotion, { approvalCount, state: approved ? enough : PromotionState.REJECTED, updateTime: now });
}

/** Takes a promotion back, in a transaction. Fails with NOT_FOUND, ETAG_MISMATCH or TRANSITION_REFUSED. */
export async function withdraw(
  trx: Db,
  { etag, now, ...place }: Place & { readonly etag: string; readonly now: Micros },
): Promise<PromotionRow> {
  const promotion = await hold(trx, place);
  if (promotion.state === PromotionState.WITHDRAWN) return promotion;
  checkEtag(etag, promotion.revision);
  refuseEnded(promotion, "withdrawn");
  return change(trx, promotion, { state: PromotionState.WITHDRAWN, updateTime: now });
}

/** The promotion as it is until the transaction ends: of two who decide at once, the second sees what the first said. */
async function hold(trx: Db, { workspaceId, id }: Place): Promise<PromotionRow> {
  const held = trx.updateTable("registry_promotion").set((row) => ({ revision: row.ref("revision") }));
  await held.where("workspaceId", "=", workspaceId).where("id", "=", id).execute();
  return readRow(trx, { table: "registry_promotion", type: "promotion", workspaceId, id });
}

async function change(trx: Db, before: PromotionRow, fields: Partial<PromotionRow>): Promise<PromotionRow> {
  const after = { ...fields, revision: before.revision + 1 };
  const update = trx.updateTable("registry_promotion").set(after).where("workspaceId", "=", before.workspaceId);
  await update.where("id", "=", before.id).execute();
  return { ...before, ...after };
}

function refuseEnded({ id, state }: PromotionRow, to: string): void {
  if (open.includes(state)) return;
  const from = (PromotionStateSchema.value[state]?.localName ?? "").toLowerCase();
  throw new SignalboxError(Reason.TRANSITION_REFUSED, `the promotion is ${from}, and cannot be ${to} any more`, {
    metadata: { promotion: toUuid(id), from, to },
  });
}
