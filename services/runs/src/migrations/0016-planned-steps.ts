import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Steps that dynamic runs plan while they go on. */
export const plannedSteps: Migration = (dialect) => ({
  async up(db) {
    const { id, name, int, text } = dialect.types;
    const columns = { workspace_id: id, run_id: id, name, revision: int, position: int, upstream: text };
    await createTable(db, "runs_planned", columns, ["workspace_id", "run_id", "name"]);
  },
});
