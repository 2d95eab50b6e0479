import { addColumns } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { sql } from "kysely";

/** Pictures and details, when passwords changed, and keys that are inactive for a time. */
export const principalFields: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, "identity_user", { avatar_url: "text", details: "document", password_change_time: "time" });
    const changed = sql<number>`(select p.update_time from identity_password p where p.user_id = identity_user.id)`;
    await db
      .updateTable("identity_user")
      .set({ password_change_time: sql<number>`coalesce(${changed}, 0)` })
      .execute();
    await addColumns(db, dialect, "identity_service_account", { display_name: "name", avatar_url: "text" });
    await addColumns(db, dialect, "identity_api_key", { resume_time: "time" });
  },
});
