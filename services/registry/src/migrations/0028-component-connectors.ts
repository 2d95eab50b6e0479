import { createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** Components are found by their connector: those of one that is gone have none. */
export const componentConnectors: Migration = () => ({
  async up(db) {
    await createIndexes(db, "registry_component", { connector: ["workspace_id", "connector_id", "create_time", "id"] });
  },
});
