import { createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Every order that lists of runs are asked for reads an index: of a workspace, and of a project. */
export const orders: Migration = () => ({
  async up(db) {
    await createIndexes(db, "runs_run", {
      named: ["workspace_id", "name", "id"],
      named_in: ["workspace_id", "project_id", "name", "id"],
      started: ["workspace_id", "start_time", "id"],
      started_in: ["workspace_id", "project_id", "start_time", "id"],
      ended: ["workspace_id", "end_time", "id"],
      ended_in: ["workspace_id", "project_id", "end_time", "id"],
      numbered_in: ["workspace_id", "project_id", "index", "id"],
      state: ["workspace_id", "status", "create_time", "id"],
    });
  },
});
