import { ModelStageSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionStateSchema } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { called, type ListQuery, resourceFields, scopeIn } from "@signalbox/runtime/resource/lists.ts";
import { readPart, withParts } from "@signalbox/runtime/resource/parts.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Expression, Kysely } from "kysely";
import { inList } from "../project/living.ts";
import type { RegistryTables } from "../tables.ts";
import type { ApprovalRow, PromotionRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;
const table = "registry_promotion";

/** A promotion with what was said to it, and the name of its model. */
export type WholePromotion = PromotionRow & { readonly approvals: readonly ApprovalRow[]; readonly modelName: string };

const parts = {
  approvals: readPart<readonly ApprovalRow[]>({
    none: [],
    async of(db: Db, workspaceId, promotions) {
      const all = db.selectFrom("registry_approval").selectAll().where("workspaceId", "=", workspaceId);
      const rows = await all.where("promotionId", "in", promotions).orderBy("createTime").orderBy("byId").execute();
      return Map.groupBy(rows, ({ promotionId }) => promotionId.toString("hex"));
    },
  }),
  modelName: readPart<string>({
    none: "",
    async of(db: Db, workspaceId, promotions) {
      const rows = await db
        .selectFrom(table)
        .innerJoin("registry_model", (join) =>
          join
            .onRef("registry_model.workspaceId", "=", "registry_promotion.workspaceId")
            .onRef("registry_model.id", "=", "registry_promotion.modelId"),
        )
        .select(["registry_promotion.id", "registry_model.name"])
        .where("registry_promotion.workspaceId", "=", workspaceId)
        .where("registry_promotion.id", "in", promotions)
        .execute();
      return new Map(rows.map(({ id, name }) => [id.toString("hex"), name]));
    },
  }),
};

/** Promotions with everything. */
export const whole = (db: Db, workspaceId: Id, rows: readonly PromotionRow[]): Promise<WholePromotion[]> =>
  withParts(db, parts, workspaceId, rows);

/** Lists the promotions that somebody may see, of one model where it is named. */
export async function listPromotions(db: Db, query: ListQuery, principals: Pick<Policy, "facts">): Promise<Page<WholePromotion>> {
  const { workspaceId, parentId } = query;
  const listing: Listing = {
    table,
    ...scopeIn(query, parentId !== undefined && "modelId"),
    key: `${table}.id`,
    defaultOrder: "create_time desc",
    fields: {
      ...resourceFields(table, principals),
      project: { kind: "id", column: `${table}.projectId`, resolve: called(db, "registry_project", workspaceId) },
      model: { kind: "id", column: `${table}.modelId`, resolve: called(db, "registry_model", workspaceId) },
      model_version: { kind: "id", column: `${table}.versionId` },
      number: { kind: "int", column: `${table}.number` },
      alias: { kind: "text", column: `${table}.alias` },
      stage: { kind: "enum", column: `${table}.stage`, enum: ModelStageSchema },
      state: { kind: "enum", column: `${table}.state`, enum: PromotionStateSchema },
    },
  };
  const all = db.selectFrom(table).selectAll(table).where(inList(table, query));
  const such = parentId ? all.where(`${table}.modelId`, "=", parentId) : all;
  const { rows, ...page } = await list(such, listing, query.request, query.context);
  return { ...page, rows: await whole(db, workspaceId, rows as PromotionRow[]) };
}

/** Drops the promotions of these versions, and what was said to them. */
export async function dropPromotions(trx: Db, workspaceId: Id, versions: readonly Id[] | Expression<{ id: Id }>): Promise<void> {
  const ofVersions = trx.selectFrom(table).select("id").where("workspaceId", "=", workspaceId);
  // Who decides meanwhile holds the promotion, and comes before this or finds it gone.
  const held = trx
    .updateTable(table)
    .set((row) => ({ revision: row.ref("revision") }))
    .where("workspaceId", "=", workspaceId);
  await held.where("versionId", "in", versions as readonly Id[]).execute();
  const ids = ofVersions.where("versionId", "in", versions as readonly Id[]);
  await trx.deleteFrom("registry_approval").where("workspaceId", "=", workspaceId).where("promotionId", "in", ids).execute();
  const own = trx.deleteFrom(table).where("workspaceId", "=", workspaceId);
  await own.where("versionId", "in", versions as readonly Id[]).execute();
}
