import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { indexResource, resource } from "./resource.ts";
import { createIndex, createTable } from "./table.ts";

export const connectors: Migration = ({ types }) => ({
  async up(db) {
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
    await createTable(
      db,
      "credentials_connector_label",
      { workspace_id: types.id, connector_id: types.id, key: types.name, value: types.name },
      ["workspace_id", "connector_id", "key"],
    );
    await createIndex(db, "credentials_connector_label", "pair", ["workspace_id", "key", "value"]);

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
    await createIndex(db, "credentials_issue", "newest", ["workspace_id", "connector_id", "issue_time", "id"]);
    await createIndex(db, "credentials_issue", "expiring", ["workspace_id", "connector_id", "expire_time", "id"]);
    await createIndex(db, "credentials_issue", "mint", ["workspace_id", "mint_id", "revoked"]);
    await createIndex(db, "credentials_issue", "expired", ["expire_time"]);
  },
});
