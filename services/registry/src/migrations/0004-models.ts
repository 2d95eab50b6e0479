import { createMetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const models: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    const inWorkspace = { workspace_id: types.id };
    await createTable(
      db,
      "registry_model",
      {
        ...identityColumns(types),
        project_id: types.id,
        name: types.name,
        description: types.text,
        license: types.name,
        latest_number: types.int,
        last_number: types.int,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_model", { name: ["workspace_id", "project_id", "name"] });
    await createIndexes(db, "registry_model", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      named: ["workspace_id", "name", "id"],
    });

    await createTable(
      db,
      "registry_model_version",
      {
        ...identityColumns(types),
        project_id: types.id,
        model_id: types.id,
        number: types.int,
        name: types.name,
        called: types.name,
        description: types.text,
        stage: types.enum,
        run_id: types.id,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "registry_model_version", {
      number: ["workspace_id", "model_id", "number"],
      called: ["workspace_id", "model_id", "called"],
    });
    await createIndexes(db, "registry_model_version", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      newest_of: ["workspace_id", "model_id", "create_time", "id"],
      run: ["workspace_id", "run_id"],
    });

    await createTable(db, "registry_model_stage", { ...inWorkspace, model_id: types.id, stage: types.enum, version_id: types.id }, [
      "workspace_id",
      "model_id",
      "stage",
    ]);
    await createTable(
      db,
      "registry_model_artifact",
      { ...inWorkspace, version_id: types.id, position: types.int, name: types.name, artifact_version_id: types.id },
      ["workspace_id", "version_id", "position"],
    );
    await createIndexes(db, "registry_model_artifact", { artifact_version: ["workspace_id", "artifact_version_id"] });
    await createMetadataTable(db, dialect, "registry_model_metadata");
  },
});
