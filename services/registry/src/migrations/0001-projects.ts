import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const projects: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "registry_project",
      {
        ...identityColumns(types),
        name: types.name,
        display_name: types.name,
        description: types.text,
        state: types.enum,
        gone_id: types.id,
        purged_time: types.time,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_project", { name: ["workspace_id", "name", "gone_id"] });
    await createIndexes(db, "registry_project", {
      newest: ["workspace_id", "create_time", "id"],
      // Few are being deleted, and these are looked for in all workspaces at once.
      deleting: ["state", "purged_time"],
    });
    await createOutboxTable(db, dialect, "registry");
    await createCursorTable(db, dialect, "registry");
  },
});
