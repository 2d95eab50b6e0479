import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What is set for a workspace, and what each person chose in it. */
export const settings: Migration = ({ types }) => ({
  async up(db) {
    const { id, name, text, document, flag, int, time } = types;
    const changes = { revision: int, create_time: time, update_time: time };
    await createTable(
      db,
      "registry_settings",
      { workspace_id: id, id, display_name: name, logo_url: text, announcements: flag, updates: flag, activity_time: time, ...changes },
      ["workspace_id", "id"],
    );
    await createTable(db, "registry_preferences", { workspace_id: id, id, project_id: id, details: document, ...changes }, [
      "workspace_id",
      "id",
    ]);
  },
});
