import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Runs that were asked to stop, and whose descendants are still to be told. */
export const stops: Migration = (dialect) => ({
  async up(db) {
    const { id, flag, text, time } = dialect.types;
    await createTable(db, "runs_stop", { workspace_id: id, run_id: id, force: flag, reason: text, create_time: time }, [
      "workspace_id",
      "run_id",
    ]);
  },
});
