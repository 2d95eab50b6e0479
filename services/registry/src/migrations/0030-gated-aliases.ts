import { addColumns } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Rules of models about aliases, and what was asked for of them. */
export const gatedAliases: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "registry_model", { gated_aliases: "text" });
    await addColumns(db, dialect, "registry_promotion", { alias: "name" });
  },
});
