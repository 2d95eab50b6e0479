import { narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/** Steps without a cache key are not looked for by it. */
export const cacheIndex: Migration = (dialect) => ({
  up: (db) =>
    narrowIndex(
      db,
      dialect,
      { table: "runs_step", name: "cache", columns: ["workspace_id", "project_id", "cache_key", "end_time"] },
      sql`cache_key <> ''`,
    ),
});
