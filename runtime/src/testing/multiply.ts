import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Database } from "../store/database.ts";
import type { DialectName } from "../store/dialect/dialect.ts";

/** How values that differ from copy to copy are made from the copy's number, which SQL calls `n`. */
export interface Numbered {
  /** 16 bytes. `above` keeps ids of one table apart from those of another. */
  id(n: RawBuilder<unknown>, above?: number): RawBuilder<unknown>;
  /** 32 bytes. */
  hash(n: RawBuilder<unknown>): RawBuilder<unknown>;
  text(prefix: string, n: RawBuilder<unknown>): RawBuilder<unknown>;
  /** A whole number: `value / by`, rounded down. */
  quotient(value: RawBuilder<unknown>, by: number): RawBuilder<unknown>;
}

const n = sql.raw("n");

const numbered: Readonly<Record<DialectName, Numbered>> = {
  postgres: {
    id: (value, above = 0) => sql`lpad(to_hex((${value} + ${sql.lit(above)})::bigint), 32, '0')::uuid`,
    hash: (value) => sql`decode(lpad(to_hex((${value})::bigint), 64, '0'), 'hex')`,
    text: (prefix, value) => sql`${sql.lit(prefix)} || (${value})::text`,
    quotient: (value, by) => sql`(${value}) / ${sql.lit(by)}`,
  },
  mysql: {
    id: (value, above = 0) => sql`unhex(lpad(hex(${value} + ${sql.lit(above)}), 32, '0'))`,
    hash: (value) => sql`unhex(lpad(hex(${value}), 64, '0'))`,
    text: (prefix, value) => sql`concat(${sql.lit(prefix)}, ${value})`,
    quotient: (value, by) => sql`(${value}) div ${sql.lit(by)}`,
  },
  sqlite: {
    id: (value, above = 0) => sql`unhex(printf('%032x', ${value} + ${sql.lit(above)}))`,
    hash: (value) => sql`unhex(printf('%064x', ${value}))`,
    text: (prefix, value) => sql`${sql.lit(prefix)} || (${value})`,
    quotient: (value, by) => sql`(${value}) / ${sql.lit(by)}`,
  },
};

/** A history that was never lived: copies of one row, found `by` one of its columns, made inside the engine, a million in seconds. */
export async function multiply(
  { db, dialect }: Pick<Database<never>, "db" | "dialect">,
  table: string,
  row: object,
  { from = 0, count, by = "id" }: { readonly from?: number; readonly count: number; readonly by?: string },
  changes: (make: Numbered, n: RawBuilder<unknown>) => Readonly<Record<string, RawBuilder<unknown>>>,
): Promise<void> {
  const changed = changes(numbered[dialect.name], n);
  const columns = Object.keys(row);
  const values = columns.map((column) => changed[column] ?? sql.ref(`model.${column}`));
  const model = (row as Readonly<Record<string, unknown>>)[by];
  // Digits, because engines bound how often a query may repeat itself.
  const places = Array.from({ length: String(count - 1).length }, (_, place) => place);
  const value = sql.join(
    places.map((place) => sql`${sql.ref(`d${place}.digit`)} * ${sql.lit(10 ** place)}`),
    sql` + `,
  );
  const tables = sql.join(places.map((place) => sql`digits ${sql.ref(`d${place}`)}`));
  const digits = sql.join(
    Array.from({ length: 10 }, (_, digit) => sql`select ${sql.lit(digit)}${digit === 0 ? sql` as digit` : sql``}`),
    sql` union all `,
  );
  await sql`
    insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    with digits as (${digits}), series as (select ${sql.lit(from + 1)} + ${value} as n from ${tables})
    select ${sql.join(values)} from series, (select * from ${sql.table(table)} where ${sql.ref(by)} = ${model} limit 1) model where n <= ${sql.lit(from + count)}
  `.execute(db as unknown as Kysely<unknown>);
}
