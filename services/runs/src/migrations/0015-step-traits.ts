import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/**
 * Steps tell more of themselves, and are listed over runs. What few of them tell is beside them, so that the others cost what they did. Their ids
 * are made in the order of their first reports, so an index of these has the newest first; workspaces have one already.
 */
export const stepTraits: Migration = (dialect) => ({
  async up(db) {
    const { id, hash, time, enum: number } = dialect.types;
    const columns = { kind: number, model_version_id: id, substitutions: hash, cache_expires_time: time };
    await createTable(db, "runs_step_trait", { workspace_id: id, run_id: id, step_id: id, ...columns }, [
      "workspace_id",
      "run_id",
      "step_id",
    ]);
    await createIndexes(db, "runs_step_trait", { model: ["workspace_id", "model_version_id", "step_id"] });
    await addColumns(db, dialect, "runs_input", { place: "name" });
    await createIndexes(db, "runs_step", {
      project: ["workspace_id", "project_id", "id"],
      state: ["workspace_id", "project_id", "status", "id"],
      named: ["workspace_id", "project_id", "name", "id"],
    });
  },
});
