import type { DatabaseSync } from "node:sqlite";

/**
 * Adds to a uniqueness error the name of the key that is taken. SQLite tells
 * the table and columns only; the other engines tell the name.
 */
export function keyOf(db: DatabaseSync, error: unknown): unknown {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (errcode === 1555) return Object.assign(error as Error, { key: "primary" });
  const columns = errcode === 2067 ? /^UNIQUE constraint failed: (.+)$/.exec(message ?? "")?.[1]?.split(", ") : undefined;
  if (!columns) return error;
  const table = columns[0]?.split(".")[0] ?? "";
  const wanted = columns.map((column) => column.slice(table.length + 1)).join();
  for (const { name, origin } of db.prepare('select name, origin from pragma_index_list(?) where "unique" = 1').all(table)) {
    const found = db.prepare("select name from pragma_index_info(?) order by seqno").all(String(name));
    if (found.map((column) => column.name).join() !== wanted) continue;
    return Object.assign(error as Error, { key: origin === "pk" ? "primary" : String(name) });
  }
  return error;
}
