import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What steps report: edges, the record of what happened, metadata and metrics. */
export const reports: Migration = (dialect) => ({
  async up(db) {
    const { id, name, bytes, time, int, float, enum: number } = dialect.types;
    const edge = { workspace_id: id, run_id: id, step_id: id, name, artifact_version_id: id };
    const edgeKey = ["workspace_id", "run_id", "step_id", "name", "artifact_version_id"] as const;
    const walked = ["workspace_id", "artifact_version_id", "run_id", "step_id"];

    await createTable(db, "runs_input", { ...edge, kind: number }, edgeKey);
    await createIndexes(db, "runs_input", { version: walked });
    await createTable(db, "runs_output", edge, edgeKey);
    await createIndexes(db, "runs_output", { version: walked });

    await createTable(
      db,
      "runs_event",
      { workspace_id: id, run_id: id, revision: int, position: int, time, kind: name, step: name, attempt: int },
      ["workspace_id", "run_id", "revision", "position"],
    );

    await createTable(
      db,
      "runs_metadata",
      { workspace_id: id, run_id: id, id, step: name, attempt: int, key: name, value: bytes, time, create_time: time },
      ["workspace_id", "run_id", "id"],
    );
    await createIndexes(db, "runs_metadata", { oldest: ["workspace_id", "run_id", "create_time", "id"] });
    await createTable(db, "runs_fact", { workspace_id: id, run_id: id, step_id: id, key: name, value: bytes }, [
      "workspace_id",
      "run_id",
      "step_id",
      "key",
    ]);

    await createTable(
      db,
      "runs_series",
      { workspace_id: id, run_id: id, step_id: id, name, id, count: int, min: float, max: float, last: float, last_index: int },
      ["workspace_id", "run_id", "step_id", "name"],
    );
    await createTable(db, "runs_point", { workspace_id: id, series_id: id, index: int, value: float, time }, [
      "workspace_id",
      "series_id",
      "index",
    ]);
  },
});
