import { compareKept } from "@signalbox/runtime/resource/compared.ts";
import { addColumns, createIndexes, narrowIndex } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/**
 * Runs are found by what they logged: facts by their number or text, metrics by their last value; and by whose they
 * are, on which stack they ran and whether they go on.
 */
export const filters: Migration = (dialect) => ({
  async up(db) {
    // Of a value that is no number or no text.
    await addColumns(db, dialect, "runs_fact", {}, { number: "float", text: "name" });
    await compareKept(db, dialect, "runs_fact", { workspaceId: "id", runId: "id", stepId: "id", key: "name" });
    await createIndexes(db, "runs_fact", { value: ["workspace_id", "key", "number", "text", "run_id"] });
    await createIndexes(db, "runs_series", { last: ["workspace_id", "name", "last", "run_id"] });
    await createIndexes(db, "runs_run", {
      owner: ["workspace_id", "owner_id", "create_time", "id"],
      owner_in: ["workspace_id", "project_id", "owner_id", "create_time", "id"],
      stack: ["workspace_id", "stack_id", "create_time", "id"],
      stack_in: ["workspace_id", "project_id", "stack_id", "create_time", "id"],
      going: [...going],
    });
    // Nearly all runs have ended: those that have are met soon without it.
    await narrowIndex(db, dialect, { table: "runs_run", name: "going", columns: going }, sql`in_progress = 1`);
  },
});

const going = ["workspace_id", "in_progress", "project_id", "create_time", "id"] as const;
