import type { Ordering } from "../store/dialect/dialect.ts";
import type { Row } from "../store/listing.ts";
import type { BindContext, BoundColumn } from "./condition.ts";
import { filterInvalid } from "./invalid.ts";
import type { Operator, Value } from "./tree.ts";

export const starIsForText = "a star is for text, compared by = and !=; write \\* for the character";

/** Compares a column of text. */
export function compareText(column: string, operator: Operator, { text, match, position }: Value, dialect: BindContext["dialect"]) {
  const rest = operator === "!=";
  if (match === "whole")
    return { where: (row: Row) => dialect.compares(row.ref(column), operator as Ordering, text), asks: asking(operator) };
  if (operator !== "=" && !rest) throw filterInvalid(position, starIsForText);
  const like = (row: Row) => dialect.within(row.ref(column), text, match);
  if (rest) return { where: (row: Row) => row.not(like(row)), asks: "rest" as const };
  return { where: like, asks: match === "prefix" ? ("some" as const) : ("search" as const) };
}

/** Which of a column's values an operator asks for. */
export const asking = (operator: Operator): BoundColumn["asks"] => (operator === "=" ? "one" : operator === "!=" ? "rest" : "some");
