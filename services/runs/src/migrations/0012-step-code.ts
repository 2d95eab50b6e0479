import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** The code of steps, beside them: who reports or lists steps does without. */
export const stepCode: Migration = (dialect) => ({
  async up(db) {
    const { id, hash } = dialect.types;
    const columns = { workspace_id: id, run_id: id, step_id: id, docstring: hash, source_code: hash };
    await createTable(db, "runs_step_code", columns, ["workspace_id", "run_id", "step_id"]);
  },
});
