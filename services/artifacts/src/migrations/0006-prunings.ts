import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What was asked to be pruned and is not done: it goes on when the process that was asked is gone. */
export const prunings: Migration = ({ types: { id, time, flag } }) => ({
  async up(db) {
    const columns = { workspace_id: id, project_id: id, before_time: time, versions_only: flag, since_time: time };
    await createTable(db, "artifacts_pruning", columns, ["workspace_id", "project_id"]);
  },
});
