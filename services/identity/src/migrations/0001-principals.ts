import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const principals: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createOutboxTable(db, dialect, "identity");

    await createTable(
      db,
      "identity_user",
      {
        id: types.id,
        organization_id: types.id,
        user_name: types.name,
        user_key: types.name,
        display_name: types.name,
        email: types.name,
        state: types.enum,
        must_change_password: types.flag,
        protected: types.flag,
        content_hash: types.hash,
        revision: types.int,
        create_time: types.time,
        update_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "identity_user", { key: ["user_key"] });
    await createIndexes(db, "identity_user", {
      newest: ["organization_id", "create_time", "id"],
      by_name: ["organization_id", "user_name", "id"],
    });

    await createTable(
      db,
      "identity_service_account",
      {
        id: types.id,
        organization_id: types.id,
        name: types.name,
        description: types.text,
        state: types.enum,
        content_hash: types.hash,
        revision: types.int,
        create_time: types.time,
        update_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "identity_service_account", { name: ["organization_id", "name"] });
    await createIndexes(db, "identity_service_account", { newest: ["organization_id", "create_time", "id"] });
  },
});
