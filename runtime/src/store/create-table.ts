import type { Kysely, RawBuilder } from "kysely";
import { noId } from "../ids.ts";
import { type BulkTable, snake } from "./dialect/bulk.ts";
import type { ColumnTypes, Constant, Dialect } from "./dialect/dialect.ts";

type Columns = Readonly<Record<string, ColumnTypes[keyof ColumnTypes]>>;

/** A table with its primary key, whose columns are all filled but those of `optional`. */
export async function createTable(
  db: Kysely<unknown>,
  name: string,
  columns: Columns,
  key: readonly [string, ...string[]],
  optional: Columns = {},
): Promise<void> {
  const [only, ...others] = key;
  const isKey = (column: string) => others.length === 0 && column === only;
  let table = db.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) {
    table = table.addColumn(column, type, (each) => (isKey(column) ? each.primaryKey() : each.notNull()));
  }
  for (const [column, type] of Object.entries(optional)) table = table.addColumn(column, type);
  await (others.length === 0 ? table : table.addPrimaryKeyConstraint(`${name}_pkey`, key as never)).execute();
}

type ColumnType = keyof ColumnTypes;

/** What a column has where nothing is said of it. */
export const none: Readonly<Record<ColumnType, Constant>> = {
  ...{ id: noId, name: "", text: "", document: "", bytes: Buffer.alloc(0), hash: Buffer.alloc(32) },
  ...{ time: 0, int: 0, float: 0, flag: 0, enum: 0 },
};

/**
 * Gives a table further columns, each by its type or with what it has until it is written. The rows that there are have
 * that, and so have those which an older program goes on to insert while the two roll over. Null only in those of `optional`.
 */
export async function addColumns(
  db: Kysely<unknown>,
  { types, constant }: Dialect,
  table: string,
  columns: Readonly<Record<string, ColumnType | readonly [type: ColumnType, value: Constant]>>,
  optional: Readonly<Record<string, ColumnType>> = {},
): Promise<void> {
  for (const [column, given] of Object.entries(columns)) {
    const [type, value] = typeof given === "string" ? [given, none[given]] : given;
    await db.schema
      .alterTable(table)
      .addColumn(column, types[type], (each) => each.notNull().defaultTo(constant(type, value)))
      .execute();
  }
  for (const [column, type] of Object.entries(optional)) await db.schema.alterTable(table).addColumn(column, types[type]).execute();
}

/** The columns of a table that many rows are written to at once, as a migration makes them. */
export const columnsOf = ({ columns }: Pick<BulkTable, "columns">, types: ColumnTypes): Columns =>
  Object.fromEntries(Object.entries(columns).map(([column, kind]) => [snake(column), types[kind]]));

type Indexes = Readonly<Record<string, readonly string[]>>;

/** Indexes of a table by what follows its name in theirs. */
export const createIndexes = (db: Kysely<unknown>, table: string, indexes: Indexes): Promise<void> => create(db, table, indexes, false);

/** The unique keys of a table, named likewise. */
export const createKeys = (db: Kysely<unknown>, table: string, keys: Indexes): Promise<void> => create(db, table, keys, true);

async function create(db: Kysely<unknown>, table: string, indexes: Indexes, unique: boolean): Promise<void> {
  for (const [name, columns] of Object.entries(indexes)) {
    const index = db.schema.createIndex(`${table}_${name}`);
    await (unique ? index.unique() : index)
      .on(table)
      .columns([...columns])
      .execute();
  }
}

/** Makes an index anew that has only the rows which are such, on engines that still read by it; elsewhere it stays as it is. */
export async function narrowIndex(
  db: Kysely<unknown>,
  { partialIndexes, dropIndex }: Dialect,
  { table, name, columns }: { readonly table: string; readonly name: string; readonly columns: readonly string[] },
  such: RawBuilder<boolean>,
): Promise<void> {
  if (!partialIndexes) return;
  const index = `${table}_${name}`;
  await dropIndex(db, table, index);
  await db.schema
    .createIndex(index)
    .on(table)
    .columns([...columns])
    .where(such)
    .execute();
}
