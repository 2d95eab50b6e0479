import { createCursorTable } from "@signalbox/runtime/store/consume.ts";
import { createIndexes, createKeys, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";

export const rbac: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "rbac_binding",
      {
        id: types.id,
        principal_id: types.id,
        role: types.name,
        organization_id: types.id,
        workspace_id: types.id,
        project_id: types.id,
        granted_by_id: types.id,
        content_hash: types.hash,
        create_time: types.time,
      },
      ["id"],
    );
    await createKeys(db, "rbac_binding", { unique: ["principal_id", "organization_id", "workspace_id", "project_id", "role"] });
    await createIndexes(db, "rbac_binding", {
      organization: ["organization_id", "create_time", "id"],
      workspace: ["organization_id", "workspace_id", "create_time", "id"],
      project: ["organization_id", "workspace_id", "project_id", "create_time", "id"],
    });
    await createTable(
      db,
      "rbac_principal",
      { id: types.id, kind: types.name, organization_id: types.id, active: types.flag, name: types.name },
      ["id"],
    );
    await createTable(db, "rbac_workspace", { id: types.id, name: types.name, organization_id: types.id }, ["id"]);
    await createTable(db, "rbac_revocation", { credential_id: types.id, time: types.time }, ["credential_id"]);
    await createIndexes(db, "rbac_revocation", { time: ["time"] });
    await createTable(db, "rbac_guard", { organization_id: types.id, revision: types.int }, ["organization_id"]);
    await createOutboxTable(db, dialect, "rbac");
    await createCursorTable(db, dialect, "rbac");
  },
});
