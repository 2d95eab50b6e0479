import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import { createDocumentTable } from "@signalbox/runtime/store/document.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const pipelines: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "registry_pipeline",
      { ...identityColumns(types), project_id: types.id, name: types.name, description: types.text, ...changeColumns(types) },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_pipeline", { name: ["workspace_id", "project_id", "name"] });
    await createIndexes(db, "registry_pipeline", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      named: ["workspace_id", "name", "id"],
    });

    await createDocumentTable(db, dialect, "registry");
    await createTable(
      db,
      "registry_snapshot",
      {
        workspace_id: types.id,
        id: types.id,
        owner_id: types.id,
        project_id: types.id,
        pipeline_id: types.id,
        name: types.name,
        identity_hash: types.hash,
        stack_id: types.id,
        execution_mode: types.enum,
        dynamic: types.flag,
        configuration_hash: types.hash,
        environment_hash: types.hash,
        has_code: types.flag,
        code_repository: types.text,
        code_commit: types.name,
        code_path: types.text,
        code_dirty: types.flag,
        content_hash: types.name,
        create_time: types.time,
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_snapshot", { identity: ["workspace_id", "pipeline_id", "identity_hash"] });
    await createIndexes(db, "registry_snapshot", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      newest_of: ["workspace_id", "pipeline_id", "create_time", "id"],
    });

    await createTable(
      db,
      "registry_snapshot_step",
      {
        workspace_id: types.id,
        snapshot_id: types.id,
        position: types.int,
        name: types.name,
        upstream: types.text,
        configuration_hash: types.hash,
        code_hash: types.name,
        max_attempts: types.int,
      },
      ["workspace_id", "snapshot_id", "position"],
    );
  },
});
