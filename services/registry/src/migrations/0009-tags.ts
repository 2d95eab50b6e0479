import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const tags: Migration = ({ types }) => ({
  async up(db) {
    await createTable(
      db,
      "registry_tag",
      {
        ...identityColumns(types),
        name: types.name,
        description: types.text,
        color: types.enum,
        exclusive: types.flag,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_tag", { name: ["workspace_id", "name"] });
    await createIndexes(db, "registry_tag", { newest: ["workspace_id", "create_time", "id"] });
  },
});
