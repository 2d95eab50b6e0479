import { createWordTable, keepWords } from "@signalbox/runtime/resource/words.ts";
import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { type Kysely, sql } from "kysely";

const table = "credentials_connector";
const resourceTypes = "credentials_connector_resource_type";

/** What those are of that have settings of their own, by the number of their method. */
const typed = [
  { method: 1, type: "aws", authMethod: "iam-role", of: ["aws-generic", "s3-bucket"] },
  { method: 2, type: "oauth2", authMethod: "client-credentials", of: ["oauth2-api"] },
];

/** Connectors of any type, found by it; and whatever has a name is found by the words of it. */
export const connectorRecords: Migration = (dialect) => ({
  async up(db) {
    const { id, name } = dialect.types;
    await addColumns(db, dialect, table, {
      ...{ type: "name", auth_method: "name", resource_types: ["document", "[]"], resource: "name", many_resources: "flag" },
      ...{ expires_time: "time", expire_skew_seconds: ["int", -1], configuration: "document", secret_keys: ["document", "[]"] },
    });
    await createIndexes(db, table, {
      type: ["workspace_id", "type", "id"],
      auth_method: ["workspace_id", "auth_method", "id"],
      resource: ["workspace_id", "resource", "id"],
    });
    await createTable(db, resourceTypes, { workspace_id: id, connector_id: id, type: name }, ["workspace_id", "connector_id", "type"]);
    await createIndexes(db, resourceTypes, { found: ["workspace_id", "type", "connector_id"] });
    await tellTypes(db);
    await createWordTable(db, dialect, "credentials");
    for (const each of [table, "credentials_secret"]) await keepWords(db, dialect, each, { projects: false });
  },
});

/** Tells of the connectors that there are what they are of. */
// biome-ignore lint/suspicious/noExplicitAny: the tables as they are at this migration
async function tellTypes(db: Kysely<any>): Promise<void> {
  for (const { method, type, authMethod, of } of typed) {
    const known = { type, authMethod, resourceTypes: JSON.stringify(of) };
    await db.updateTable(table).set(known).where("method", "=", method).execute();
    for (const each of of) {
      const such = db
        .selectFrom(table)
        .select(["workspaceId", "id", sql.lit(each).as("type")])
        .where("method", "=", method);
      await db.insertInto(resourceTypes).columns(["workspaceId", "connectorId", "type"]).expression(such).execute();
    }
  }
}
