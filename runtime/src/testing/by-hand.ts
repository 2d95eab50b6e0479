import { printFilter } from "../filter/print.ts";
import type { Comparison, Filter, Operator, Value } from "../filter/tree.ts";
import { wordsOf } from "../resource/words.ts";

/** What a field of a list is to someone who reads the rows one by one. */
export type HandField<R> =
  | { readonly kind: "text"; readonly of: (row: R) => string; readonly words?: boolean }
  /** Numbers and times: undefined for none. */
  | { readonly kind: "number"; readonly of: (row: R) => number | undefined; readonly asked?: (text: string) => number }
  /** Enums, flags and ids: all that are only equal or not; undefined for none. */
  | { readonly kind: "one"; readonly of: (row: R) => string | undefined; readonly asked?: (text: string) => readonly string[] }
  /** `texts` where values are nothing else, and compare as texts with whatever is asked. */
  | { readonly kind: "members"; readonly of: (row: R) => readonly HandMember[]; readonly texts?: boolean };

interface HandMember {
  readonly name: string;
  /** What a filter compares of its value; undefined where it compares nothing. */
  readonly value?: number | string | undefined;
}

export type HandFields<R> = Readonly<Record<string, HandField<R>>>;

/** Whether a row fulfils a filter, by the words of docs/lists.md and by no database. */
export function holds<R>(filter: Filter | undefined, row: R, fields: HandFields<R>): boolean {
  if (!filter) return true;
  switch (filter.kind) {
    case "and":
      return filter.of.every((part) => holds(part, row, fields));
    case "or":
      return filter.of.some((part) => holds(part, row, fields));
    case "not":
      return !holds(filter.of, row, fields);
    default:
      return compares(filter, row, fields);
  }
}

function compares<R>(comparison: Comparison, row: R, fields: HandFields<R>): boolean {
  const { path, operator, value } = comparison;
  const [name = "", ...rest] = path;
  const field = fields[name];
  if (!field) throw new Error(`no such field as in ${printFilter(comparison)}`);
  switch (field.kind) {
    case "text":
      if (operator !== ":") return textIs(field.of(row), operator, value);
      return field.words && value.text !== "" ? hasWords(field.of(row), value.text) : field.of(row) !== "";
    case "number": {
      const found = field.of(row);
      if (operator === ":" || found === undefined) return operator === ":" && found !== undefined;
      return inOrder(found - (field.asked ?? Number)(value.text), operator);
    }
    case "one": {
      const found = field.of(row);
      if (operator === ":") return found !== undefined;
      const asked = field.asked?.(value.text) ?? [value.text];
      return asked.includes(found ?? "") === (operator === "=");
    }
    case "members": {
      const member = rest.length > 0 ? rest.join(".") : value.match === "whole" ? value.text : undefined;
      const named = field.of(row).filter((each) => member === undefined || each.name === member);
      return rest.length === 0 || operator === ":"
        ? named.length > 0
        : named.some((each) => valueIs(each.value, operator, value, field.texts));
    }
  }
}

/** Numbers compare with numbers, and with texts that spell them only where these are equal or not. */
function valueIs(found: number | string | undefined, operator: Operator, value: Value, texts = false): boolean {
  if (found === undefined) return false;
  const number = value.match === "whole" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value.text) ? Number(value.text) : undefined;
  if (typeof found === "number") return number !== undefined && inOrder(found - number, operator);
  return (texts || number === undefined || operator === "=" || operator === "!=") && textIs(found, operator, value);
}

function textIs(found: string, operator: Operator, { text, match }: Value): boolean {
  if (match === "whole") return inOrder(byBytes(found, text), operator);
  const like = match === "prefix" ? found.startsWith(text) : match === "suffix" ? found.endsWith(text) : found.includes(text);
  return like === (operator === "=");
}

/** Whether each word that is asked for begins one of the text's. */
const hasWords = (found: string, text: string) => wordsOf(text).every((asked) => wordsOf(found).some((word) => word.startsWith(asked)));

function inOrder(difference: number, operator: Operator): boolean {
  switch (operator) {
    case "=":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    default:
      return difference >= 0;
  }
}

/** The order of texts on every engine. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
