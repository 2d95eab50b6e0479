import { addColumns, createKeys } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

const table = "credentials_secret";

/** The names of private secrets are unique among those of their owner, those of all others among themselves. */
export const privateSecrets: Migration = (dialect) => ({
  async up(db) {
    await addColumns(db, dialect, table, { private: "flag", private_owner: "id" });
    await dialect.dropIndex(db, table, `${table}_name`);
    await createKeys(db, table, { name: ["workspace_id", "name", "private_owner"] });
  },
});
