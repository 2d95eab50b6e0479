import { createMetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import { changeColumns, identityColumns } from "@signalbox/runtime/resource/row.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const artifacts: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "artifacts_artifact",
      {
        ...identityColumns(types),
        project_id: types.id,
        name: types.name,
        description: types.text,
        latest_number: types.int,
        last_number: types.int,
        ...changeColumns(types),
      },
      ["workspace_id", "id"],
    );
    await createKeys(db, "artifacts_artifact", { name: ["workspace_id", "project_id", "name"] });
    await createIndexes(db, "artifacts_artifact", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      named: ["workspace_id", "name", "id"],
    });

    await createTable(
      db,
      "artifacts_version",
      {
        ...identityColumns(types),
        project_id: types.id,
        artifact_id: types.id,
        number: types.int,
        version: types.name,
        type: types.enum,
        uri: types.text,
        data_type: types.name,
        serializer: types.name,
        digest: types.name,
        producer_run_id: types.id,
        producer_step: types.name,
        consumer_count: types.int,
        create_time: types.time,
      },
      ["workspace_id", "id"],
      // Unknown where null; neither is sorted by, nor unique.
      { size_bytes: types.int, item_count: types.int },
    );
    await createKeys(db, "artifacts_version", {
      number: ["workspace_id", "artifact_id", "number"],
      version: ["workspace_id", "artifact_id", "version"],
    });
    await createIndexes(db, "artifacts_version", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      newest_of: ["workspace_id", "artifact_id", "create_time", "id"],
      producer: ["workspace_id", "producer_run_id"],
      digest: ["workspace_id", "digest"],
    });

    await createMetadataTable(db, dialect, "artifacts_metadata");
    await createTable(db, "artifacts_going", { workspace_id: types.id, project_id: types.id, since_time: types.time }, [
      "workspace_id",
      "project_id",
    ]);
    await createOutboxTable(db, dialect, "artifacts");
  },
});
