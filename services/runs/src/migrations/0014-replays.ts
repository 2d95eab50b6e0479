import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What steps of replays are to consume instead of what they did. */
export const replays: Migration = (dialect) => ({
  async up(db) {
    const { id, name } = dialect.types;
    const columns = { workspace_id: id, run_id: id, step: name, input: name, artifact_version_id: id };
    await createTable(db, "runs_override", columns, ["workspace_id", "run_id", "step", "input"]);
  },
});
