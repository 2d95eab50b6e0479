import type { CreateTableBuilder } from "kysely";
import type { Id } from "../../src/ids.ts";
import type { Migration } from "../../src/store/migrate.ts";

export interface ThingRow {
  id: Id;
  workspaceId: Id;
  projectId: Id;
  ownerId: Id;
  name: string;
  state: number;
  size: number;
  score: number;
  hidden: number;
  createTime: number;
}

export interface EveryRow {
  id: Id;
  name: string;
  text: string;
  document: string;
  bytes: Buffer;
  hash: Buffer;
  time: number;
  int: number;
  float: number;
  flag: number;
  enum: number;
}

export interface Tables {
  test_thing: ThingRow;
  test_every: EveryRow;
}

const things: Migration = ({ types }) => ({
  async up(db) {
    await db.schema
      .createTable("test_thing")
      .addColumn("id", types.id, (column) => column.primaryKey())
      .addColumn("workspace_id", types.id, (column) => column.notNull())
      .addColumn("project_id", types.id, (column) => column.notNull())
      .addColumn("owner_id", types.id, (column) => column.notNull())
      .addColumn("name", types.name, (column) => column.notNull())
      .addColumn("state", types.enum, (column) => column.notNull())
      .addColumn("size", types.int, (column) => column.notNull())
      .addColumn("score", types.float, (column) => column.notNull())
      .addColumn("hidden", types.flag, (column) => column.notNull())
      .addColumn("create_time", types.time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("test_thing_name").unique().on("test_thing").columns(["workspace_id", "name"]).execute();
  },
});

const every: Migration = ({ types }) => ({
  async up(db) {
    let table: CreateTableBuilder<string, string> = db.schema.createTable("test_every");
    for (const [name, type] of Object.entries(types)) table = table.addColumn(name, type, (column) => column.notNull());
    await table.addPrimaryKeyConstraint("test_every_pkey", ["id"]).execute();
  },
});

export const migrations = { "0001-things": things, "0002-every": every };
