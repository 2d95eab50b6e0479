import { createIndexes } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** What people and service accounts are sorted by. Nobody has so many keys that theirs need an index for it. */
export const principalOrders: Migration = () => ({
  async up(db) {
    await createIndexes(db, "identity_user", {
      changed: ["organization_id", "update_time", "id"],
      by_display_name: ["organization_id", "display_name", "id"],
      by_email: ["organization_id", "email", "id"],
    });
    await createIndexes(db, "identity_service_account", {
      changed: ["organization_id", "update_time", "id"],
      by_display_name: ["organization_id", "display_name", "id"],
    });
  },
});
