import type { ColumnTypes } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";
import { createIndex, createKey } from "./table.ts";

/** The columns of every resource. */
export const resource = ({ id, name, text, bytes, int, time }: ColumnTypes) => ({
  workspace_id: id,
  id,
  name,
  description: text,
  owner_id: id,
  content: bytes,
  revision: int,
  create_time: time,
  update_time: time,
});

/** And the indexes: by name, and one for each order of its lists. */
export async function indexResource(db: Kysely<unknown>, table: string): Promise<void> {
  await createKey(db, table, "name", ["workspace_id", "name"]);
  await createIndex(db, table, "newest", ["workspace_id", "create_time", "id"]);
  await createIndex(db, table, "changed", ["workspace_id", "update_time", "id"]);
}
