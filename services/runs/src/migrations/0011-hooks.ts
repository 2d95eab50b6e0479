import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Hooks that were called while runs went on. */
export const hooks: Migration = (dialect) => ({
  async up(db) {
    const { id, name, text, hash, time, enum: number } = dialect.types;
    await createTable(
      db,
      "runs_hook_invocation",
      {
        ...{ workspace_id: id, id, project_id: id, run_id: id, step_id: id, owner_id: id },
        ...{ type: number, name, status: number, source: text, exception: hash, outputs: hash },
        ...{ start_time: time, end_time: time, content_hash: hash, create_time: time },
      },
      ["workspace_id", "id"],
    );
    await createIndexes(db, "runs_hook_invocation", {
      newest: ["workspace_id", "create_time", "id"],
      project: ["workspace_id", "project_id", "create_time", "id"],
      run: ["workspace_id", "run_id", "create_time", "id"],
      start: ["workspace_id", "start_time", "id"],
      start_in: ["workspace_id", "project_id", "start_time", "id"],
    });
  },
});
