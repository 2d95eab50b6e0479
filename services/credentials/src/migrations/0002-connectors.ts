import { createLabelTable } from "@signalbox/runtime/resource/labels.ts";
import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { indexResource, resource } from "./resource.ts";

export const connectors: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "credentials_connector",
      { ...resource(types), method: types.enum, settings: types.document, lifetime_seconds: types.int },
      ["workspace_id", "id"],
    );
    await indexResource(db, "credentials_connector");
    await createTable(db, "credentials_connector_secret", { workspace_id: types.id, connector_id: types.id, sealed: types.bytes }, [
      "workspace_id",
      "connector_id",
    ]);
    await createLabelTable(db, dialect, "credentials");
    await createIndexes(db, "credentials_label", { pair: ["workspace_id", "key", "value"] });

    await createTable(
      db,
      "credentials_issue",
      {
        workspace_id: types.id,
        id: types.id,
        connector_id: types.id,
        mint_id: types.id,
        cache_key: types.hash,
        resource: types.name,
        principal_id: types.id,
        run_id: types.id,
        issue_time: types.time,
        expire_time: types.time,
        revoked: types.flag,
      },
      ["workspace_id", "id"],
    );
    await createIndexes(db, "credentials_issue", {
      newest: ["workspace_id", "connector_id", "issue_time", "id"],
      expiring: ["workspace_id", "connector_id", "expire_time", "id"],
      mint: ["workspace_id", "mint_id", "revoked"],
      expired: ["expire_time"],
    });
  },
});
