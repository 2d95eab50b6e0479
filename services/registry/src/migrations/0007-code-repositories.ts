import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { addColumns, createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const codeRepositories: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
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
    await addColumns(db, dialect, "registry_snapshot", { code_repository_id: "id" });
  },
});
