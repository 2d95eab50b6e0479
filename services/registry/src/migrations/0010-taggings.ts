import { createTagTables } from "@signalbox/runtime/resource/tags/tables.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const taggings: Migration = (dialect) => ({
  up: (db) => createTagTables(db, dialect, "registry"),
});
