import { noId } from "@signalbox/runtime/ids.ts";
import { createKeys } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

const table = "credentials_secret";

/** The names of private secrets are unique among those of their owner, those of all others among themselves. */
export const privateSecrets: Migration = (dialect) => ({
  async up(db) {
    const { id, flag } = dialect.types;
    await db.schema.alterTable(table).addColumn("private", flag).execute();
    await db.schema.alterTable(table).addColumn("private_owner", id).execute();
    await db.updateTable(table).set({ private: 0, private_owner: noId }).execute();
    await dialect.dropIndex(db, table, `${table}_name`);
    await createKeys(db, table, { name: ["workspace_id", "name", "private_owner"] });
  },
});
