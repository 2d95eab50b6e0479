import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const rbac: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await db.schema
      .createTable("rbac_binding")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("principal_id", types.id, (column) => column.notNull())
      .addColumn("role", types.name, (column) => column.notNull())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("workspace_id", types.id, (column) => column.notNull())
      .addColumn("project_id", types.id, (column) => column.notNull())
      .addColumn("granted_by_id", types.id, (column) => column.notNull())
      .addColumn("content_hash", types.hash, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("rbac_binding_unique")
      .unique()
      .on("rbac_binding")
      .columns(["principal_id", "organization_id", "workspace_id", "project_id", "role"])
      .execute();
    await db.schema.createIndex("rbac_binding_organization").on("rbac_binding").columns(["organization_id", "create_time", "id"]).execute();
    await db.schema
      .createIndex("rbac_binding_workspace")
      .on("rbac_binding")
      .columns(["organization_id", "workspace_id", "create_time", "id"])
      .execute();
    await db.schema
      .createIndex("rbac_binding_project")
      .on("rbac_binding")
      .columns(["organization_id", "workspace_id", "project_id", "create_time", "id"])
      .execute();
    await db.schema
      .createTable("rbac_principal")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("kind", types.name, (column) => column.notNull())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .addColumn("active", types.flag, (column) => column.notNull())
      .addColumn("name", types.name, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("rbac_workspace")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("organization_id", types.id, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("rbac_revocation")
      .addColumn("credential_id", types.id, (column) => column.primaryKey())
      .addColumn("time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("rbac_revocation_time").on("rbac_revocation").columns(["time"]).execute();
    await db.schema
      .createTable("rbac_guard")
      .addColumn("organization_id", types.id, (column) => column.primaryKey())
      .addColumn("revision", types.int, (column) => column.notNull())
      .execute();
    await createOutboxTable(db, dialect, "rbac");
    await createCursorTable(db, dialect, "rbac");
  },
});
