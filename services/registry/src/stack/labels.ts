import type { Id } from "@signalbox/runtime/ids.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

export type Labels = Readonly<Record<string, string>>;

/** The labels of each of these, by the id in hexadecimal; nothing for those without. */
export async function labelsOf(
  db: Kysely<RegistryTables>,
  workspaceId: Id,
  ids: readonly Id[],
): Promise<Map<string, Record<string, string>>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("registry_label")
    .select(["subjectId", "key", "value"])
    .where("workspaceId", "=", workspaceId)
    .where("subjectId", "in", ids)
    .orderBy("subjectId")
    .orderBy("key")
    .execute();
  const pairs = Map.groupBy(rows, ({ subjectId }) => subjectId.toString("hex"));
  return new Map([...pairs].map(([id, labels]) => [id, Object.fromEntries(labels.map(({ key, value }) => [key, value]))]));
}

/** Gives something these labels and no others. */
export async function setLabels(trx: Kysely<RegistryTables>, workspaceId: Id, subjectId: Id, labels: Labels): Promise<void> {
  await dropLabels(trx, workspaceId, subjectId);
  const rows = Object.entries(labels).map(([key, value]) => ({ workspaceId, subjectId, key, value }));
  if (rows.length > 0) await trx.insertInto("registry_label").values(rows).execute();
}

export async function dropLabels(trx: Kysely<RegistryTables>, workspaceId: Id, subjectId: Id): Promise<void> {
  await trx.deleteFrom("registry_label").where("workspaceId", "=", workspaceId).where("subjectId", "=", subjectId).execute();
}

/** Whether labels are to change, and are not the same in another order. */
export function differs(labels: Labels | undefined, from: Labels): boolean {
  if (!labels) return false;
  const keys = Object.keys(labels);
  return keys.length !== Object.keys(from).length || keys.some((key) => labels[key] !== from[key]);
}

/** Asks for labels in a filter: `labels:env`, or `labels:"env=prod"`. */
export const labelField = (table: "registry_component" | "registry_stack"): ListField => ({
  kind: "member",
  has: (row, member) => {
    const at = member.indexOf("=");
    const labels = row
      .selectFrom("registry_label")
      .select("registry_label.key")
      .whereRef("registry_label.workspaceId", "=", `${table}.workspaceId`)
      .whereRef("registry_label.subjectId", "=", `${table}.id`)
      .where("registry_label.key", "=", at < 0 ? member : member.slice(0, at));
    return row.exists(at < 0 ? labels : labels.where("registry_label.value", "=", member.slice(at + 1)));
  },
});
