import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { addColumns, createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const builds: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    const { id, name, text, hash, flag, int } = types;
    await createTable(
      db,
      "registry_build",
      {
        ...identityColumns(types),
        ...{ project_id: id, pipeline_id: id, stack_id: id, local: flag, contains_code: flag },
        ...{ client_version: name, python_version: name, checksum: name, stack_checksum: name },
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
      { duration_seconds: int },
    );
    await createIndexes(db, "registry_build", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      pipeline: ["workspace_id", "pipeline_id", "create_time", "id"],
      stack: ["workspace_id", "stack_id", "create_time", "id"],
      checksum: ["workspace_id", "checksum", "create_time", "id"],
    });
    await createTable(
      db,
      "registry_build_image",
      {
        ...{ workspace_id: id, build_id: id, key: name, image: text, dockerfile_hash: hash, requirements_hash: hash },
        ...{ settings_checksum: name, contains_code: flag, downloads_code: flag },
      },
      ["workspace_id", "build_id", "key"],
    );
    await addColumns(db, dialect, "registry_snapshot", { build_id: "id" });
    await createIndexes(db, "registry_snapshot", { build: ["workspace_id", "build_id"] });
  },
});
