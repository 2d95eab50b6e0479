import { createAuditTable } from "@signalbox/runtime/audit/tables.ts";
import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const org: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "org_organization",
      {
        id: types.id,
        name: types.name,
        display_name: types.name,
        description: types.text,
        owner_id: types.id,
        content_hash: types.hash,
        revision: types.int,
        departures: types.int,
        create_time: types.time,
        update_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "org_organization", { name: ["name"] });
    await createIndexes(db, "org_organization", { create_time: ["create_time", "id"] });
    await createTable(
      db,
      "org_member",
      { organization_id: types.id, principal_id: types.id, create_time: types.time, removed_time: types.time },
      ["organization_id", "principal_id"],
    );
    await createIndexes(db, "org_member", {
      create_time: ["organization_id", "removed_time", "create_time", "principal_id"],
      principal: ["principal_id", "removed_time"],
    });
    await createTable(
      db,
      "org_workspace",
      {
        id: types.id,
        name: types.name,
        display_name: types.name,
        description: types.text,
        organization_id: types.id,
        owner_id: types.id,
        content_hash: types.hash,
        revision: types.int,
        create_time: types.time,
        update_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "org_workspace", { name: ["name"] });
    await createIndexes(db, "org_workspace", {
      create_time: ["create_time", "id"],
      organization: ["organization_id", "create_time", "id"],
    });
    await createAuditTable(db, dialect, "org");
    await createOutboxTable(db, dialect, "org");
    await createCursorTable(db, dialect, "org");
  },
});
