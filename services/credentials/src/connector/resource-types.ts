import type { Id } from "@signalbox/runtime/ids.ts";
import type { MemberField } from "@signalbox/runtime/store/listing.ts";
import type { Kysely } from "kysely";
import type { ConnectorRow, CredentialsTables } from "../tables.ts";
import { namesIn } from "./columns.ts";

type Db = Kysely<CredentialsTables>;
type Of = Pick<ConnectorRow, "workspaceId" | "id">;

const table = "credentials_connector_resource_type";

/** Has a connector found by the types of resources that its row names, and by no others. */
export async function setResourceTypes(trx: Db, row: Of & Pick<ConnectorRow, "resourceTypes">): Promise<void> {
  await dropResourceTypes(trx, row);
  const rows = namesIn(row.resourceTypes).map((type) => ({ workspaceId: row.workspaceId, connectorId: row.id, type }));
  if (rows.length > 0) await trx.insertInto(table).values(rows).execute();
}

export async function dropResourceTypes(trx: Db, { workspaceId, id }: Of): Promise<void> {
  await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("connectorId", "=", id).execute();
}

/** `resource_type:s3-bucket`, of connectors. */
export const resourceTypeField = (db: Db, workspaceId: Id): MemberField => ({
  kind: "member",
  has: (row, { name }) => {
    const any = row
      .selectFrom(table)
      .select(`${table}.type`)
      .whereRef(`${table}.workspaceId`, "=", "credentials_connector.workspaceId")
      .whereRef(`${table}.connectorId`, "=", "credentials_connector.id");
    return row.exists(name === undefined ? any : any.where(`${table}.type`, "=", name));
  },
  async having({ name }, most) {
    if (name === undefined) return undefined;
    const all = db.selectFrom(table).select("connectorId as id").where("workspaceId", "=", workspaceId).where("type", "=", name);
    return (await all.limit(most + 1).execute()).map(({ id }) => id);
  },
});
