import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What runs tells of its runs, and the newest of each pipeline, snapshot and run template. */
export const latestRuns: Migration = (dialect) => ({
  async up(db) {
    const { id, name, int, time, enum: number } = dialect.types;
    await createTable(
      db,
      "registry_run",
      {
        ...{ workspace_id: id, id, project_id: id, pipeline_id: id, snapshot_id: id, template_id: id, owner_id: id },
        ...{ name, index: int, status: number, revision: int, create_time: time },
      },
      ["workspace_id", "id"],
    );
    await createIndexes(db, "registry_run", {
      of_pipeline: ["workspace_id", "pipeline_id", "create_time", "id"],
      of_snapshot: ["workspace_id", "snapshot_id", "create_time", "id"],
      of_template: ["workspace_id", "template_id", "create_time", "id"],
      of_project: ["workspace_id", "project_id", "id"],
    });
    await addColumns(db, dialect, "registry_pipeline", {
      ...({ latest_run_id: "id", latest_run_time: "time", latest_run_status: "enum", latest_run_owner_id: "id" } as const),
    });
    await createIndexes(db, "registry_pipeline", {
      latest_run: ["workspace_id", "latest_run_time", "id"],
      latest_run_in: ["workspace_id", "project_id", "latest_run_time", "id"],
      latest_status: ["workspace_id", "latest_run_status", "create_time", "id"],
      latest_status_in: ["workspace_id", "project_id", "latest_run_status", "create_time", "id"],
    });
    await addColumns(db, dialect, "registry_snapshot", { latest_run_id: "id", latest_run_time: "time" });
    await createIndexes(db, "registry_snapshot", { unused: ["workspace_id", "project_id", "latest_run_id", "create_time", "id"] });
    await addColumns(db, dialect, "registry_run_template", { latest_run_id: "id", latest_run_time: "time" });
  },
});
