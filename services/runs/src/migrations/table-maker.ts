import type { ColumnDataType, Expression, Kysely } from "kysely";

type Columns = Readonly<Record<string, ColumnDataType | Expression<unknown>>>;

/** Makes tables none of whose columns are null, with the constraints' names the same on every engine. */
export function tableMaker(db: Kysely<unknown>) {
  return {
    async table(name: string, columns: Columns, key: readonly string[]): Promise<void> {
      const made = Object.entries(columns).reduce(
        (builder, [column, type]) => builder.addColumn(column, type, (each) => each.notNull()),
        db.schema.createTable(name),
      );
      await made.addPrimaryKeyConstraint(`${name}_pkey`, key as never).execute();
    },
    async index(table: string, name: string, columns: readonly string[], { unique = false } = {}): Promise<void> {
      const index = db.schema
        .createIndex(`${table}_${name}`)
        .on(table)
        .columns([...columns]);
      await (unique ? index.unique() : index).execute();
    },
  };
}
