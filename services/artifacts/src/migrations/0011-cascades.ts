import { createTable } from "@signalbox/runtime/store/create-table.ts";
import type { Migration } from "@signalbox/runtime/store/migrate.ts";

/** The tags that go on to what runs make. */
export const cascades: Migration = ({ types }) => ({
  async up(db) {
    const { id, name, flag, int } = types;
    const columns = { workspace_id: id, run_id: id, tag_id: id, name, exclusive: flag, revision: int };
    await createTable(db, "artifacts_cascade", columns, ["workspace_id", "run_id", "tag_id"]);
  },
});
