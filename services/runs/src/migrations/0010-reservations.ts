import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Who computes what is cached under a key. */
export const reservations: Migration = ({ types: { id, name, hash, time, int } }) => ({
  async up(db) {
    await createTable(
      db,
      "runs_reservation",
      { workspace_id: id, project_id: id, key: hash, run_id: id, step: name, attempt: int, expires_time: time, revision: int },
      ["workspace_id", "project_id", "key"],
    );
    await createIndexes(db, "runs_reservation", { expires: ["expires_time"] });
  },
});
