import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const codeRepositories: Migration = ({ types }) => ({
  async up(db) {
    const table = "registry_code_repository";
    await createTable(
      db,
      table,
      {
        ...identityColumns(types),
        project_id: types.id,
        name: types.name,
        description: types.text,
        host: types.enum,
        address: types.text,
        logo_url: types.text,
        source: types.document,
        configuration: types.document,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, table, { name: ["workspace_id", "project_id", "name"] });
    await createIndexes(db, table, {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
    });
    // Null in the snapshots of before.
    await db.schema.alterTable("registry_snapshot").addColumn("code_repository_id", types.id).execute();
  },
});
