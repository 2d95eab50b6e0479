import { addColumns } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Which component a value of metadata is about. */
export const aboutComponents: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "runs_metadata", { component_id: "id" });
  },
});
