import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { addColumns, createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** How versions can be shown, and what of that people chose to see with other resources. */
export const visualizations: Migration = (dialect) => ({
  async up(db) {
    const { id, enum: kind, text, name, int } = dialect.types;
    const key = ["workspace_id", "id"] as const;
    const newest = { newest: ["workspace_id", "create_time", "id"], newest_in: ["workspace_id", "project_id", "create_time", "id"] };
    const end = changeColumns(dialect.types);
    const own = { project_id: id, version_id: id, type: kind, uri: text };
    await createTable(db, "artifacts_visualization", { ...identityColumns(dialect.types), ...own, ...end }, key);
    await createIndexes(db, "artifacts_visualization", { ...newest, version: ["workspace_id", "version_id", "create_time", "id"] });

    const chosen = { project_id: id, visualization_id: id, version_id: id, resource_kind: kind, resource_id: id };
    const look = { display_name: name, position: int, width: kind };
    await createTable(db, "artifacts_curated", { ...identityColumns(dialect.types), ...chosen, ...look, ...end }, key);
    await createKeys(db, "artifacts_curated", { once: ["workspace_id", "visualization_id", "resource_id", "resource_kind"] });
    await createIndexes(db, "artifacts_curated", {
      ...newest,
      version: ["workspace_id", "version_id"],
      resource: ["workspace_id", "resource_id", "position", "id"],
    });

    await addColumns(db, dialect, "artifacts_version", { visualized: "flag" });
  },
});
