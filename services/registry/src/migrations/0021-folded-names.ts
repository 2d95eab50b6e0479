import { createIndexes, createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { foldNames } from "../folded-names.ts";

/** Names of stacks and components, ignoring case. In a table of their own: a release that does not know of it goes on inserting. */
export const foldedNames: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    const table = "registry_folded_name";
    await createTable(db, table, { workspace_id: types.id, name_hash: types.hash, holder_id: types.id }, ["workspace_id", "name_hash"]);
    await createIndexes(db, table, { holder: ["workspace_id", "holder_id"] });
    await foldNames(db, dialect);
  },
});
