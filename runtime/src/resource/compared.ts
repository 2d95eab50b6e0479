import { fromBinary } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { type Kysely, sql } from "kysely";
import type { Condition } from "../filter/condition.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import type { Member } from "../store/listing.ts";

/** What filters compare of a value, in columns beside it: its number or its text. Lists and JSON have neither. */
export interface Compared {
  readonly number: number | null;
  readonly text: string | null;
}

/** Of a longer text so many characters are compared. */
const mostCharacters = 255;

export function comparedAs({ kind }: Pick<Value, "kind">): Compared {
  switch (kind.case) {
    case "integer":
    case "number":
      return { number: Number(kind.value), text: null };
    case "text":
      return { number: null, text: cut(kind.value) };
    case "flag":
      return { number: null, text: String(kind.value) };
    default:
      return { number: null, text: null };
  }
}

const cut = (text: string) => (text.length > mostCharacters ? [...text].slice(0, mostCharacters).join("") : text);

/**
 * What is asked of a table's number or text, one test for each range of an index that has such. A number is also sought
 * where it was logged as text, but not among the texts that are greater or less.
 */
export const comparedTests =
  (table: string) =>
  ({ value }: Pick<Member, "value">): readonly Condition[] => {
    if (!value) return [(row) => row.and([])];
    const { asks, asNumber, asText } = value;
    const texts: Condition = (row) => row.and([row(`${table}.number`, "is", null), asText(`${table}.text`)(row)]);
    if (!asNumber) return [texts];
    return asks === "some" ? [asNumber(`${table}.number`)] : [asNumber(`${table}.number`), texts];
  };

const portion = 1000;

/** Gives the values that there are what filters compare, in a migration. `key` is the table's. */
export async function compareKept(
  db: Kysely<unknown>,
  { bulk }: Pick<Dialect, "bulk">,
  table: string,
  key: Readonly<Record<string, "id" | "name">>,
): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: any table that keeps values
  const all = db as Kysely<any>;
  const columns = Object.keys(key);
  const compared = { name: table, columns: { ...key, number: "float", text: "name" } } as const;
  for (let last: Readonly<Record<string, unknown>> | undefined; ; ) {
    const sorted = columns.reduce((some, column) => some.orderBy(column), all.selectFrom(table).select([...columns, "value"]));
    const reached = columns.map((column) => last?.[column]);
    const after = last && sql<boolean>`(${sql.join(columns.map((column) => sql.ref(column)))}) > (${sql.join(reached)})`;
    const rows = (await (after ? sorted.where(after) : sorted).limit(portion).execute()) as ({ value: Buffer } & Record<string, unknown>)[];
    const changes = rows.map(({ value, ...row }) => ({ ...row, ...comparedAs(fromBinary(ValueSchema, value)) }));
    for (const statement of bulk.update(compared, changes, { key: columns, columns: ["number", "text"] })) await db.executeQuery(statement);
    last = rows.at(-1);
    if (rows.length < portion) return;
  }
}
