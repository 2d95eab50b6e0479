import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const runTemplates: Migration = ({ types }) => ({
  async up(db) {
    const table = "registry_run_template";
    await createTable(
      db,
      table,
      {
        ...identityColumns(types),
        project_id: types.id,
        name: types.name,
        description: types.text,
        snapshot_id: types.id,
        pipeline_id: types.id,
        hidden: types.flag,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, table, { name: ["workspace_id", "project_id", "name"] });
    await createIndexes(db, table, {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      pipeline: ["workspace_id", "pipeline_id"],
    });
  },
});
