import { createIndexes, createKeys } from "@signalbox/runtime/store/create-table.ts";
import type { ColumnTypes } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";

/** The columns of every resource. */
export const resource = ({ id, name, text, bytes, int, time }: ColumnTypes) => ({
  workspace_id: id,
  id,
  name,
  description: text,
  owner_id: id,
  content_hash: bytes,
  revision: int,
  create_time: time,
  update_time: time,
});

/** And the indexes: by name, and one for each order of its lists. */
export async function indexResource(db: Kysely<unknown>, table: string): Promise<void> {
  await createKeys(db, table, { name: ["workspace_id", "name"] });
  await createIndexes(db, table, { newest: ["workspace_id", "create_time", "id"], changed: ["workspace_id", "update_time", "id"] });
}
