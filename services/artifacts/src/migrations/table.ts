import type { ColumnDataType, Expression, Kysely } from "kysely";

type Columns = Readonly<Record<string, ColumnDataType | Expression<unknown>>>;

/** A table whose columns are all filled but those of `optional`, with its primary key. */
export async function createTable(
  db: Kysely<unknown>,
  name: string,
  columns: Columns,
  key: readonly string[],
  optional: Columns = {},
): Promise<void> {
  let table = db.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) table = table.addColumn(column, type, (each) => each.notNull());
  for (const [column, type] of Object.entries(optional)) table = table.addColumn(column, type);
  await table.addPrimaryKeyConstraint(`${name}_pkey`, key as never[]).execute();
}

/** Indexes by what follows the table's name in theirs. */
export async function createIndexes(
  db: Kysely<unknown>,
  table: string,
  indexes: Readonly<Record<string, readonly string[]>>,
  unique = false,
): Promise<void> {
  for (const [name, columns] of Object.entries(indexes)) {
    const index = db.schema
      .createIndex(`${table}_${name}`)
      .on(table)
      .columns(columns as string[]);
    await (unique ? index.unique() : index).execute();
  }
}

/** The unique keys of a table. */
export const createKeys = (db: Kysely<unknown>, table: string, keys: Readonly<Record<string, readonly string[]>>): Promise<void> =>
  createIndexes(db, table, keys, true);
