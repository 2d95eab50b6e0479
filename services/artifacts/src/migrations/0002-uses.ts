import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const uses: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "artifacts_use",
      {
        workspace_id: types.id,
        version_id: types.id,
        run_id: types.id,
        step: types.name,
        attempt: types.int,
        kind: types.enum,
        name: types.name,
        id: types.id,
        time: types.time,
      },
      ["workspace_id", "version_id", "run_id", "step", "attempt", "kind", "name"],
    );
    await createIndexes(db, "artifacts_use", {
      known: ["workspace_id", "version_id", "id"],
      run: ["workspace_id", "run_id"],
    });
    await createTable(db, "artifacts_seen", { workspace_id: types.id, time: types.time }, ["workspace_id", "time"]);
    await createIndexes(db, "artifacts_seen", { time: ["time"] });
    await createCursorTable(db, dialect, "artifacts");
  },
});
