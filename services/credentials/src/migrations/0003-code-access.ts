import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const codeAccess: Migration = ({ types }) => ({
  async up(db) {
    const table = "credentials_code_access";
    await createTable(
      db,
      table,
      {
        workspace_id: types.id,
        code_repository_id: types.id,
        repository_time: types.time,
        host: types.enum,
        address: types.text,
        api_address: types.text,
        secret_id: types.id,
        secret_key: types.name,
        user_name: types.name,
        principal_id: types.id,
        update_time: types.time,
      },
      ["workspace_id", "code_repository_id"],
    );
    await createIndexes(db, table, { secret: ["workspace_id", "secret_id"] });
  },
});
