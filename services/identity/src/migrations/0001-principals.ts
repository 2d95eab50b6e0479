import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const principals: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createOutboxTable(db, dialect, "identity");

    await db.schema
      .createTable("identity_user")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("user_name", types.name, (column) => column.notNull())
      .addColumn("user_key", types.name, (column) => column.notNull())
      .addColumn("display_name", types.name, (column) => column.notNull())
      .addColumn("email", types.name, (column) => column.notNull())
      .addColumn("state", types.enum, (column) => column.notNull())
      .addColumn("must_change_password", types.flag, (column) => column.notNull())
      .addColumn("protected", types.flag, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("revision", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("identity_user_key").unique().on("identity_user").column("user_key").execute();
    await db.schema.createIndex("identity_user_newest").on("identity_user").columns(["organization_id", "create_time", "id"]).execute();
    await db.schema.createIndex("identity_user_by_name").on("identity_user").columns(["organization_id", "user_name", "id"]).execute();

    await db.schema
      .createTable("identity_service_account")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("description", types.text, (column) => column.notNull())
      .addColumn("state", types.enum, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("revision", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("identity_service_account_name")
      .unique()
      .on("identity_service_account")
      .columns(["organization_id", "name"])
      .execute();
    await db.schema
      .createIndex("identity_service_account_newest")
      .on("identity_service_account")
      .columns(["organization_id", "create_time", "id"])
      .execute();
  },
});
