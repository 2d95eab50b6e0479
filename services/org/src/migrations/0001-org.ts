import { createAuditTable } from "@signalbox/runtime/audit/tables.ts";
import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const org: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await db.schema
      .createTable("org_organization")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("display_name", types.name, (column) => column.notNull())
      .addColumn("description", types.text, (column) => column.notNull())
      .addColumn("owner_id", types.id, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("revision", types.int, (column) => column.notNull())
      .addColumn("departures", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("org_organization_name").unique().on("org_organization").columns(["name"]).execute();
    await db.schema.createIndex("org_organization_create_time").on("org_organization").columns(["create_time", "id"]).execute();
    await db.schema
      .createTable("org_member")
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("principal_id", types.id, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("removed_time", types.time, (column) => column.notNull())
      .addPrimaryKeyConstraint("org_member_pkey", ["organization_id", "principal_id"])
      .execute();
    await db.schema
      .createIndex("org_member_create_time")
      .on("org_member")
      .columns(["organization_id", "removed_time", "create_time", "principal_id"])
      .execute();
    await db.schema.createIndex("org_member_principal").on("org_member").columns(["principal_id", "removed_time"]).execute();
    await db.schema
      .createTable("org_workspace")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("display_name", types.name, (column) => column.notNull())
      .addColumn("description", types.text, (column) => column.notNull())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("owner_id", types.id, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("revision", types.int, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .addColumn("update_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("org_workspace_name").unique().on("org_workspace").columns(["name"]).execute();
    await db.schema.createIndex("org_workspace_create_time").on("org_workspace").columns(["create_time", "id"]).execute();
    await db.schema
      .createIndex("org_workspace_organization")
      .on("org_workspace")
      .columns(["organization_id", "create_time", "id"])
      .execute();
    await createAuditTable(db, dialect, "org");
    await createOutboxTable(db, dialect, "org");
    await createCursorTable(db, dialect, "org");
  },
});
