import { addColumns, createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Snapshots get what a client says of them beside their content, and change. */
export const namedSnapshots: Migration = (dialect) => ({
  async up(db) {
    const table = "registry_snapshot";
    await addColumns(db, dialect, table, {
      ...{ description: "text", source_code_hash: "hash", specification_hash: "hash", run_name_template: "name", client_version: "name" },
      ...{ server_version: "name", version_hash: "name", archive: "text", template_id: "id", source_snapshot_id: "id", runnable: "flag" },
      ...{ revision: ["int", 1], update_time: "time" },
    });
    await db
      .updateTable(table)
      .set((row) => ({ update_time: row.ref("create_time") }))
      .execute();
    await createIndexes(db, table, {
      named: ["workspace_id", "name", "id"],
      named_in: ["workspace_id", "project_id", "name", "id"],
    });
    await createIndexes(db, "registry_run_template", { snapshot: ["workspace_id", "snapshot_id"] });
  },
});
