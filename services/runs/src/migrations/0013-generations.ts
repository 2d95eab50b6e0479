import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Runs that failed or were stopped are taken up again; which request did so is known, so that a repeat has one effect. */
export const generations: Migration = (dialect) => ({
  async up(db) {
    const { id, int, time } = dialect.types;
    await addColumns(db, dialect, "runs_run", { generation: ["int", 1] });
    await createTable(db, "runs_resume", { workspace_id: id, id, run_id: id, generation: int, create_time: time }, ["workspace_id", "id"]);
    await createIndexes(db, "runs_resume", { run: ["workspace_id", "run_id"] });
  },
});
