import type { Id } from "@signalbox/runtime/ids.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import type { Kysely } from "kysely";
import type { CredentialsTables } from "../tables.ts";

export type Labels = Readonly<Record<string, string>>;

/** The labels of each of these connectors, by the id in hexadecimal; nothing for those without. */
export async function labelsOf(db: Kysely<CredentialsTables>, workspaceId: Id, ids: readonly Id[]): Promise<Map<string, Labels>> {
  if (ids.length === 0) return new Map();
  const query = db.selectFrom("credentials_connector_label").select(["connectorId", "key", "value"]).where("workspaceId", "=", workspaceId);
  const rows = await query.where("connectorId", "in", ids).orderBy("connectorId").orderBy("key").execute();
  const pairs = Map.groupBy(rows, ({ connectorId }) => connectorId.toString("hex"));
  return new Map([...pairs].map(([id, labels]) => [id, Object.fromEntries(labels.map(({ key, value }) => [key, value]))]));
}

/** Gives a connector these labels and no others. */
export async function setLabels(trx: Kysely<CredentialsTables>, workspaceId: Id, connectorId: Id, labels: Labels): Promise<void> {
  await trx
    .deleteFrom("credentials_connector_label")
    .where("workspaceId", "=", workspaceId)
    .where("connectorId", "=", connectorId)
    .execute();
  const rows = Object.entries(labels).map(([key, value]) => ({ workspaceId, connectorId, key, value }));
  if (rows.length > 0) await trx.insertInto("credentials_connector_label").values(rows).execute();
}

/** Whether labels are the same, in any order. */
export function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Asks for labels in a filter: `labels:env`, or `labels:"env=prod"`. */
export const labelField: ListField = {
  kind: "member",
  has: (row, member) => {
    const at = member.indexOf("=");
    const labels = row
      .selectFrom("credentials_connector_label")
      .select("credentials_connector_label.key")
      .whereRef("credentials_connector_label.workspaceId", "=", "credentials_connector.workspaceId")
      .whereRef("credentials_connector_label.connectorId", "=", "credentials_connector.id")
      .where("credentials_connector_label.key", "=", at < 0 ? member : member.slice(0, at));
    return row.exists(at < 0 ? labels : labels.where("credentials_connector_label.value", "=", member.slice(at + 1)));
  },
};
