import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { tableMaker } from "./table-maker.ts";

/** What steps report: edges, the record of what happened, metadata and metrics. */
export const reports: Migration = (dialect) => ({
  async up(db) {
    const { id, name, bytes, time, int, float, enum: number } = dialect.types;
    const { table, index } = tableMaker(db);
    const edge = { workspace_id: id, run_id: id, step_id: id, name, artifact_version_id: id };
    const edgeKey = ["workspace_id", "run_id", "step_id", "name", "artifact_version_id"];
    const walked = ["workspace_id", "artifact_version_id", "run_id", "step_id"];

    await table("runs_input", { ...edge, kind: number }, edgeKey);
    await index("runs_input", "version", walked);
    await table("runs_output", edge, edgeKey);
    await index("runs_output", "version", walked);

    await table("runs_event", { workspace_id: id, run_id: id, revision: int, position: int, time, kind: name, step: name, attempt: int }, [
      "workspace_id",
      "run_id",
      "revision",
      "position",
    ]);

    await table(
      "runs_metadata",
      { workspace_id: id, run_id: id, id, step: name, attempt: int, key: name, value: bytes, time, create_time: time },
      ["workspace_id", "run_id", "id"],
    );
    await index("runs_metadata", "oldest", ["workspace_id", "run_id", "create_time", "id"]);
    await table("runs_fact", { workspace_id: id, run_id: id, step_id: id, key: name, value: bytes }, [
      "workspace_id",
      "run_id",
      "step_id",
      "key",
    ]);

    await table(
      "runs_series",
      { workspace_id: id, run_id: id, step_id: id, name, id, count: int, min: float, max: float, last: float, last_index: int },
      ["workspace_id", "run_id", "step_id", "name"],
    );
    await table("runs_point", { workspace_id: id, series_id: id, index: int, value: float, time }, ["workspace_id", "series_id", "index"]);
  },
});
