import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** The pipelines that are gone, and of which snapshots may be left. */
export const pipelinePurges: Migration = ({ types }) => ({
  async up(db) {
    const { id, time } = types;
    await createTable(db, "registry_pipeline_purge", { workspace_id: id, id, create_time: time }, ["workspace_id", "id"]);
  },
});
