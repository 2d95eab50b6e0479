import { narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

const table = "registry_audit_event";

/**
 * Events of a workspace are of no organization. And what nearly every event says, as steps register what they made, is found
 * soonest among the newest: indexes are for the rest.
 */
export const auditIndexes: Migration = (dialect) => ({
  async up(db) {
    await dialect.dropIndex(db, table, `${table}_organization_id`);
    const rare = {
      outcome: sql<boolean>`outcome <> 1`,
      service: sql<boolean>`service <> 'artifacts'`,
      method: sql<boolean>`method <> 'signalbox.artifacts.v1.ArtifactVersionService/BatchCreateArtifactVersions'`,
    };
    for (const [name, such] of Object.entries(rare)) {
      await narrowIndex(db, dialect, { table, name, columns: ["workspace_id", name, "time", "id"] }, such);
    }
  },
});
