import type { Row } from "../store/listing.ts";
import type { BindContext, BoundColumn, Condition } from "./condition.ts";
import { filterInvalid } from "./invalid.ts";
import type { Operator, Value } from "./tree.ts";

export const starIsForText = "a star is for text, compared by = and !=; write \\* for the character";

/** Compares a column of text. */
export function compareText(column: string, operator: Operator, { text, match, position }: Value, dialect: BindContext["dialect"]) {
  const rest = operator === "!=";
  if (match === "whole") return { where: (row: Row) => row(column, operator as "=", text), asks: asking(operator) };
  if (operator !== "=" && !rest) throw filterInvalid(position, starIsForText);
  const like = match === "prefix" ? begins(column, text) : (row: Row) => dialect.within(row.ref(column), text, match);
  if (rest) return { where: (row: Row) => row.not(like(row)), asks: "rest" as const };
  return { where: like, asks: match === "prefix" ? ("some" as const) : ("search" as const) };
}

/** Which of a column's values an operator asks for. */
export const asking = (operator: Operator): BoundColumn["asks"] => (operator === "=" ? "one" : operator === "!=" ? "rest" : "some");

/** A range of byte order, which is the same on every engine and can use an index; LIKE is neither. */
function begins(column: string, prefix: string): Condition {
  const end = successor(prefix);
  return (row) => row.and([row(column, ">=", prefix), ...(end === undefined ? [] : [row(column, "<", end)])]);
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
