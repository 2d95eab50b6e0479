import type { Migration } from "@signalbox/runtime/store/migrate.ts";

export const credentials: Migration = ({ types }) => ({
  async up(db) {
    await db.schema
      .createTable("identity_password")
      .addColumn("user_id", types.id, (column) => column.primaryKey())
      .addColumn("hash", types.name, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();

    await db.schema
      .createTable("identity_sign_in_failure")
      .addColumn("name_hash", types.hash, (column) => column.primaryKey())
      .addColumn("failed_count", types.int, (column) => column.notNull())
      .addColumn("locked_until", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("identity_sign_in_failure_age").on("identity_sign_in_failure").column("update_time").execute();

    await db.schema
      .createTable("identity_api_key")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("principal_id", types.id, (column) => column.notNull())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("description", types.text, (column) => column.notNull())
      .addColumn("hint", types.name, (column) => column.notNull())
      .addColumn("state", types.enum, (column) => column.notNull())
      .addColumn("secret_hash", types.hash, (column) => column.notNull())
      .addColumn("previous_hash", types.hash, (column) => column.notNull())
      .addColumn("previous_expire_time", types.time, (column) => column.notNull())
      .addColumn("expire_time", types.time, (column) => column.notNull())
      .addColumn("last_used_time", types.time, (column) => column.notNull())
      .addColumn("rotate_time", types.time, (column) => column.notNull())
      .addColumn("rotation_id", types.id, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("revision", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("identity_api_key_name").unique().on("identity_api_key").columns(["principal_id", "name"]).execute();
    await db.schema.createIndex("identity_api_key_newest").on("identity_api_key").columns(["principal_id", "create_time", "id"]).execute();

    await db.schema
      .createTable("identity_session")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("user_id", types.id, (column) => column.notNull())
      .addColumn("seed", types.hash, (column) => column.notNull())
      .addColumn("generation", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("refresh_time", types.time, (column) => column.notNull())
      .addColumn("expire_time", types.time, (column) => column.notNull())
      .addColumn("revoke_time", types.time, (column) => column.notNull())
      .addColumn("address", types.name, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("identity_session_user").on("identity_session").columns(["user_id", "revoke_time"]).execute();
    await db.schema.createIndex("identity_session_expiry").on("identity_session").column("expire_time").execute();

    await db.schema
      .createTable("identity_signing_key")
      .addColumn("slot", types.int, (column) => column.primaryKey())
      .addColumn("kid", types.name, (column) => column.notNull())
      .addColumn("jwk", types.text, (column) => column.notNull())
      .addColumn("private_key", types.bytes, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("retire_time", types.time, (column) => column.notNull())
      .execute();
  },
});
