import { createTagCountTables } from "@signalbox/runtime/resource/tags/tables.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** How many resources have each tag. */
export const tagCounts: Migration = (dialect) => ({
  up: (db) => createTagCountTables(db, dialect, "runs"),
});
