import { CompiledQuery } from "kysely";
import { assignmentsOf, type Bulk, type BulkRow, type BulkTable, type ColumnKind, type Conflict, keyOf, snake } from "./bulk.ts";

/** What the types of columns are called where a parameter is an array of them. */
const arrays: Readonly<Record<ColumnKind, string>> = {
  id: "uuid[]",
  name: "text[]",
  text: "text[]",
  document: "text[]",
  bytes: "bytea[]",
  hash: "bytea[]",
  time: "int8[]",
  int: "int8[]",
  float: "float8[]",
  flag: "int2[]",
  enum: "int2[]",
};

/** Rows travel as an array for each column, so that a statement is one text however many rows it writes, and is prepared once. */
export const postgresBulk: Bulk = {
  insert(table, rows, conflict) {
    if (rows.length === 0) return [];
    const columns = Object.keys(table.columns);
    const text = kept(`i ${table.name} ${columns.length} ${keyOf(conflict)}`, () => {
      const end = conflict ? ` on conflict (${conflict.key.map(quoted).join(", ")}) ${actionOf(table, conflict)}` : "";
      return `insert into "${table.name}" (${columns.map(quoted).join(", ")}) select * from ${unnest(table, columns)}${end}`;
    });
    return [CompiledQuery.raw(text, arraysOf(table, rows, columns))];
  },

  update(table, rows, { key, columns, follows }) {
    if (rows.length === 0) return [];
    const all = [...key, ...columns];
    const text = kept(`u ${table.name} ${all.join()} ${follows ?? ""}`, () => {
      const set = columns.map((column) => `${quoted(column)} = v.${quoted(column)}`).join(", ");
      const where = key.map((column) => `t.${quoted(column)} = v.${quoted(column)}`);
      if (follows) where.push(`t.${quoted(follows)} = v.${quoted(follows)} - 1`);
      const values = `${unnest(table, all)} as v(${all.map(quoted).join(", ")})`;
      return `update "${table.name}" as t set ${set} from ${values} where ${where.join(" and ")}`;
    });
    return [CompiledQuery.raw(text, arraysOf(table, rows, all))];
  },
};

const texts = new Map<string, string>();

function kept(key: string, build: () => string): string {
  const text = texts.get(key) ?? build();
  texts.set(key, text);
  return text;
}

const quoted = (column: string) => `"${snake(column)}"`;

function actionOf({ name }: BulkTable, conflict: Conflict): string {
  const assignments = assignmentsOf(conflict, { table: `"${name}"`, quoted, wanted: (column) => `excluded.${column}` });
  return assignments.length === 0 ? "do nothing" : `do update set ${assignments.join(", ")}`;
}

const unnest = ({ columns }: BulkTable, names: readonly string[]) =>
  `unnest(${names.map((name, i) => `$${i + 1}::${arrays[columns[name] as ColumnKind]}`).join(", ")})`;

const arraysOf = ({ columns }: BulkTable, rows: readonly BulkRow[], names: readonly string[]): string[] =>
  names.map((name) => {
    const write = elements[columns[name] as ColumnKind];
    let [last, text]: [unknown, string] = [undefined, "null"];
    const texts = rows.map((row) => {
      const value = row[name];
      // Rows of one batch often share an id: written once.
      if (value !== last) [last, text] = [value, value === null || value === undefined ? "null" : write(value)];
      return text;
    });
    return `{${texts.join(",")}}`;
  });

const plain = (value: unknown) => String(value);
const quote = (value: unknown) => `"${String(value).replaceAll(/["\\]/g, "\\$&")}"`;
const hex = (value: unknown) => `"\\\\x${(value as Buffer).toString("hex")}"`;

/** The elements of the text form of an array. */
const elements: Readonly<Record<ColumnKind, (value: unknown) => string>> = {
  id: (value) => (value as Buffer).toString("hex"),
  name: quote,
  text: quote,
  document: quote,
  bytes: hex,
  hash: hex,
  time: plain,
  int: plain,
  float: plain,
  flag: plain,
  enum: plain,
};
