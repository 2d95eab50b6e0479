import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Where the versions of models stood, and who moved them. */
export const stageChanges: Migration = ({ types }) => ({
  async up(db) {
    const { id, int, flag, text, time, enum: stage } = types;
    const table = "registry_stage_change";
    await createTable(
      db,
      table,
      {
        ...{ workspace_id: id, id, model_id: id, version_id: id, number: int, from_stage: stage, to_stage: stage },
        ...{ forced: flag, reason: text, by_id: id, create_time: time },
      },
      ["workspace_id", "id"],
    );
    await createIndexes(db, table, {
      newest: ["workspace_id", "model_id", "create_time", "id"],
      version: ["workspace_id", "version_id", "create_time", "id"],
    });
  },
});
