import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { createOutboxTable } from "@signalbox/runtime/store/outbox.ts";
import { indexResource, resource } from "./resource.ts";

export const secrets: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    await createTable(
      db,
      "credentials_data_key",
      { workspace_id: types.id, number: types.int, wrapped_by: types.name, wrapped: types.bytes, create_time: types.time },
      ["workspace_id", "number"],
    );
    await createIndexes(db, "credentials_data_key", { wrapped_by: ["wrapped_by"] });

    await createTable(db, "credentials_secret", resource(types), ["workspace_id", "id"]);
    await indexResource(db, "credentials_secret");
    await createTable(
      db,
      "credentials_secret_value",
      { workspace_id: types.id, secret_id: types.id, name: types.name, sealed: types.bytes },
      ["workspace_id", "secret_id", "name"],
    );

    await createOutboxTable(db, dialect, "credentials");
  },
});
