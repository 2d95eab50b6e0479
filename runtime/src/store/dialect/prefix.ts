import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";

/** A range of byte order has all that begin so, and can use an index; LIKE can not on every engine. `first` is where the range begins. */
export function rangeOf(column: Expression<unknown>, prefix: string, first = prefix): RawBuilder<SqlBool> {
  const end = successor(prefix);
  return end === undefined ? sql`${column} >= ${first}` : sql`(${column} >= ${first} and ${column} < ${end})`;
}

/** The first text after all that begin so; undefined if there is none. */
function successor(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = (points.pop() as string).codePointAt(0) as number;
    if (last < 0x10ffff) return points.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
