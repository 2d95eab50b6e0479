import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import type { FactTable } from "../tables.ts";

/** Of a longer text so many characters are compared. */
const mostCharacters = 255;

/** What filters compare of a value: its number or its text. Lists and JSON have neither. */
export function comparedAs({ kind }: Pick<Value, "kind">): Pick<FactTable, "number" | "text"> {
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
