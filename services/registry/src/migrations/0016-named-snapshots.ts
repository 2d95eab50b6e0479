import { noId } from "@signalbox/runtime/ids.ts";
import { createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/** Snapshots get what a client says of them beside their content, and change. */
export const namedSnapshots: Migration = ({ types }) => ({
  async up(db) {
    const { id, name, text, hash, flag, int, time } = types;
    const table = "registry_snapshot";
    const columns = {
      ...{ description: text, source_code_hash: hash, specification_hash: hash, run_name_template: name, client_version: name },
      ...{ server_version: name, version_hash: name, archive: text, template_id: id, source_snapshot_id: id, runnable: flag },
      ...{ revision: int, update_time: time },
    };
    for (const [column, type] of Object.entries(columns)) await db.schema.alterTable(table).addColumn(column, type).execute();
    const none = Buffer.alloc(32);
    await db
      .updateTable(table)
      .set((row) => ({
        ...{ description: "", source_code_hash: none, specification_hash: none, run_name_template: "", client_version: "" },
        ...{ server_version: "", version_hash: "", archive: "", template_id: noId, source_snapshot_id: noId, runnable: 0 },
        ...{ revision: 1, update_time: row.ref("create_time") },
        code_repository_id: sql`coalesce(code_repository_id, ${noId})`,
        build_id: sql`coalesce(build_id, ${noId})`,
      }))
      .execute();
    await createIndexes(db, table, {
      named: ["workspace_id", "name", "id"],
      named_in: ["workspace_id", "project_id", "name", "id"],
    });
    await createIndexes(db, "registry_run_template", { snapshot: ["workspace_id", "snapshot_id"] });
  },
});
