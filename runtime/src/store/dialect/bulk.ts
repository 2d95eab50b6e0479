import { CompiledQuery } from "kysely";
import type { ColumnTypes } from "./dialect.ts";

/** A table that many rows are written to at once: its columns in camelCase, each with what it holds. */
export interface BulkTable {
  /** In snake_case, as in the database. */
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
}

export type ColumnKind = keyof ColumnTypes;
/** The columns of a table whose rows are of this type. */
export type ColumnsOf<Row> = { readonly [K in keyof Row]: ColumnKind };
export type BulkRow = Readonly<Record<string, unknown>>;

/** What becomes of rows whose key is taken: their `overwrite` columns are replaced; without any they are left as they are. */
export interface Conflict {
  readonly key: readonly string[];
  readonly overwrite: readonly string[];
  /** Columns that become what the row has in the last of them and the new one in the same, together. */
  readonly sums?: readonly string[];
}

/** How rows are found and what of them is replaced. */
export interface Replaced {
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** A counter among the columns: only rows are written whose counter is one less than given. */
  readonly follows?: string;
}

/**
 * Statements for many rows, written once by hand for each engine, since building and compiling them anew costs more than
 * running them. They say how many rows they inserted or found.
 */
export interface Bulk {
  insert(table: BulkTable, rows: readonly BulkRow[], conflict?: Conflict): CompiledQuery[];
  update(table: BulkTable, rows: readonly BulkRow[], replaced: Replaced): CompiledQuery[];
}

/** How an engine spells what the others spell otherwise. */
export interface Spelling {
  readonly quote: string;
  /** Whether statements cost nothing to send but are kept compiled: then there are few texts of them, each for 1, 2, 4... rows. */
  readonly compiles?: boolean;
  /** What follows the values of an insert: what becomes of rows whose key is taken. */
  onConflict(key: readonly string[], assignments: readonly string[]): string;
  /** What an insert wanted to write to a column whose row it found. */
  wanted(column: string): string;
  /** An update of `table` by `count` rows of values that are called `v`, whose columns in order are `names`. */
  update(table: string, names: readonly string[], count: number, set: readonly string[], where: readonly string[]): string;
}

/** Below what any engine takes of values in one statement. */
const mostValues = 15_000;
/** Texts that are kept: those of few rows recur. */
const mostKept = 64;

/** Statements with a placeholder for each value. */
export function bulkOfValues({ quote, compiles = false, onConflict, wanted, update }: Spelling): Bulk {
  const texts = new Map<string, string>();
  const quoted = (column: string) => `${quote}${snake(column)}${quote}`;

  function kept(count: number, key: string, build: () => string): string {
    if (count > mostKept) return build();
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = build();
    texts.set(key, text);
    return text;
  }

  function insertText(table: BulkTable, columns: readonly string[], count: number, conflict: Conflict | undefined): string {
    const tuple = `(${columns.map(() => "?").join(", ")})`;
    const values = Array.from({ length: count }, () => tuple).join(", ");
    const assignments = conflict ? assignmentsOf(conflict, { table: `${quote}${table.name}${quote}`, quoted, wanted }) : [];
    const end = conflict ? ` ${onConflict(conflict.key.map(quoted), assignments)}` : "";
    return `insert into ${quote}${table.name}${quote} (${columns.map(quoted).join(", ")}) values ${values}${end}`;
  }

  return {
    insert(table, rows, conflict) {
      const columns = Object.keys(table.columns);
      return [...portionsOf(rows, columns.length, compiles)].map((some) => {
        const key = `i ${table.name} ${columns.length} ${some.length} ${keyOf(conflict)}`;
        const text = kept(some.length, key, () => insertText(table, columns, some.length, conflict));
        return CompiledQuery.raw(text, valuesOf(some, columns));
      });
    },
    update(table, rows, { key, columns, follows }) {
      const all = [...key, ...columns];
      return [...portionsOf(rows, all.length, compiles)].map((some) => {
        const text = kept(some.length, `u ${table.name} ${some.length} ${all.join()} ${follows ?? ""}`, () => {
          const name = `${quote}${table.name}${quote}`;
          const where = key.map((column) => `${name}.${quoted(column)} = v.${quoted(column)}`);
          if (follows) where.push(`${name}.${quoted(follows)} = v.${quoted(follows)} - 1`);
          return update(name, all.map(quoted), some.length, columns.map(quoted), where);
        });
        return CompiledQuery.raw(text, valuesOf(some, all));
      });
    },
  };
}

/** What tells statements for different conflicts apart. */
export const keyOf = (conflict: Conflict | undefined): string =>
  conflict ? `${conflict.overwrite.join()} ${conflict.sums?.join() ?? ""}` : "-";

interface Naming {
  readonly table: string;
  quoted(column: string): string;
  wanted(column: string): string;
}

/** What is set in a row whose key is taken. Sums in the order given, the counter last: MySQL reads what the assignments before it wrote. */
export function assignmentsOf({ overwrite, sums = [] }: Conflict, { table, quoted, wanted }: Naming): string[] {
  const counter = quoted(sums.at(-1) ?? "");
  return [
    ...overwrite.map((column) => `${quoted(column)} = ${wanted(quoted(column))}`),
    ...sums.map((column) => `${quoted(column)} = ${table}.${counter} + ${wanted(counter)}`),
  ];
}

const valuesOf = (rows: readonly BulkRow[], columns: readonly string[]): unknown[] =>
  rows.flatMap((row) => columns.map((column) => row[column]));

function* portionsOf(rows: readonly BulkRow[], columns: number, compiles: boolean): Generator<readonly BulkRow[]> {
  const most = Math.floor(mostValues / columns);
  for (let at = 0; at < rows.length; ) {
    const size = Math.min(most, rows.length - at);
    const portion = rows.slice(at, at + (compiles ? 2 ** Math.floor(Math.log2(size)) : size));
    yield portion;
    at += portion.length;
  }
}

/** As the plugin of the stores spells columns. */
export const snake = (column: string): string => column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
