import type { Member, MemberField, Row } from "../store/listing.ts";
import type { BindContext } from "./condition.ts";
import { filterInvalid } from "./invalid.ts";
import { numeric } from "./operand.ts";
import { compareText } from "./text.ts";
import type { Comparison, Operator, Value } from "./tree.ts";

/** What a comparison asks of a collection; `rest` is what of its path follows the collection's name. Fails with FILTER_INVALID. */
export function memberOf(
  name: string,
  field: MemberField,
  rest: readonly string[],
  { operator, value, position }: Comparison,
  dialect: BindContext["dialect"],
): Member {
  const { text, match } = value;
  const any = match === "prefix" && text === "";
  if (rest.length > 0) {
    const member = rest.join(".");
    if (operator !== ":") {
      const asked = askedOf(operator, value, dialect);
      if (field.valued === "numbers" && !asked.asNumber) throw filterInvalid(value.position, `${name}.${member} is compared with a number`);
      return { name: member, value: asked };
    }
    if (any) return { name: member, apart: true };
    throw filterInvalid(
      position,
      `${name}.${member} is one value, compared by = != < <= > >=; ${name}.${member}:* asks whether there is one`,
    );
  }
  const values = field.valued ? `, and the value of one as ${name}.member` : "";
  if (operator === ":" && any) return { name: undefined };
  if (operator !== ":" || match !== "whole") throw filterInvalid(position, `${name} is a collection, asked as ${name}:member${values}`);
  return { name: text };
}

function askedOf(operator: Operator, value: Value, dialect: BindContext["dialect"]): NonNullable<Member["value"]> {
  const number = value.match === "whole" && numeric.test(value.text) ? Number(value.text) : undefined;
  if (number !== undefined && !Number.isFinite(number)) throw filterInvalid(value.position, "no number is so great");
  return {
    // Refused now, and not when the statement is made.
    asks: compareText("", operator, value, dialect).asks,
    asText: (column) => compareText(column, operator, value, dialect).where,
    ...(number !== undefined && { asNumber: (column: string) => (row: Row) => row(column, operator as "=", number) }),
  };
}
