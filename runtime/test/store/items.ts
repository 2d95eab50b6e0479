import { sql } from "kysely";
import type { Id } from "../../src/ids.ts";
import { createLabelTable } from "../../src/resource/labels.ts";
import { compareMetadata, createMetadataTable } from "../../src/resource/metadata.ts";
import { createTagTables } from "../../src/resource/tags/tables.ts";
import { createWordTable } from "../../src/resource/words.ts";
import { createIndexes, createKeys, createTable } from "../../src/store/create-table.ts";
import type { Migration } from "../../src/store/migrate.ts";

/** A resource as any service might have it, with what may be missing. */
export interface ItemRow {
  readonly workspaceId: Id;
  readonly id: Id;
  readonly projectId: Id;
  readonly ownerId: Id;
  readonly name: string;
  readonly note: string;
  readonly state: number;
  readonly size: number | null;
  readonly score: number | null;
  readonly hidden: number;
  readonly createTime: number;
  /** 0 for none. */
  readonly endTime: number;
}

export const items: Migration = (dialect) => ({
  async up(db) {
    const { types } = dialect;
    const columns = {
      ...{ workspace_id: types.id, id: types.id, project_id: types.id, owner_id: types.id, name: types.name },
      // As a database has it that was made for a language of people.
      note: dialect.name === "postgres" ? sql`text collate "en-x-icu"` : types.text,
      ...{ state: types.enum, hidden: types.flag, create_time: types.time, end_time: types.time },
    };
    await createTable(db, "test_item", columns, ["workspace_id", "id"], { size: types.int, score: types.float });
    await createKeys(db, "test_item", { name: ["workspace_id", "name", "id"] });
    await createIndexes(db, "test_item", {
      newest: ["workspace_id", "create_time", "id"],
      newest_in: ["workspace_id", "project_id", "create_time", "id"],
      state: ["workspace_id", "state", "create_time", "id"],
      size: ["workspace_id", "size"],
      ended: ["workspace_id", "end_time", "id"],
      owner: ["workspace_id", "owner_id", "project_id", "create_time", "id"],
    });
    await createLabelTable(db, dialect, "test");
    await createWordTable(db, dialect, "test");
    await createMetadataTable(db, dialect, "test_metadata");
    await compareMetadata(db, dialect, "test_metadata");
    await createTagTables(db, dialect, "test");
  },
});
