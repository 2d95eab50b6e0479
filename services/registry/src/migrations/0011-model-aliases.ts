import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Names that stand for versions of a model, one at a time. */
export const modelAliases: Migration = (dialect) => ({
  async up(db) {
    const { id, name, int, time } = dialect.types;
    const table = "registry_model_alias";
    await createTable(
      db,
      table,
      { workspace_id: id, model_id: id, alias: name, version_id: id, by_id: id, revision: int, update_time: time },
      ["workspace_id", "model_id", "alias"],
    );
    await createIndexes(db, table, { version: ["workspace_id", "version_id"], alias: ["workspace_id", "alias", "version_id"] });
    await addColumns(db, dialect, "registry_model", { alias_revision: "int" });
  },
});
