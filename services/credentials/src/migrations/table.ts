import type { ColumnTypes } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Kysely } from "kysely";

/** A table whose columns are all filled. */
export async function createTable(
  db: Kysely<unknown>,
  name: string,
  columns: Readonly<Record<string, ColumnTypes[keyof ColumnTypes]>>,
  key: readonly string[],
): Promise<void> {
  let table = db.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) table = table.addColumn(column, type, (each) => each.notNull());
  await table.addPrimaryKeyConstraint(`${name}_pkey`, key as never[]).execute();
}

/** An index by what follows the table's name in its own. */
export async function createIndex(db: Kysely<unknown>, table: string, name: string, columns: readonly string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${name}`)
    .on(table)
    .columns([...columns])
    .execute();
}

/** A unique key, named likewise. */
export async function createKey(db: Kysely<unknown>, table: string, name: string, columns: readonly string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${name}`)
    .on(table)
    .columns([...columns])
    .unique()
    .execute();
}
