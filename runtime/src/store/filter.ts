import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";

/** `:` asks whether a collection has a member. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

/** One condition of a filter, as written. */
export interface Comparison {
  /** A field's name, such as "create_time". */
  readonly field: string;
  readonly operator: Operator;
  readonly value: FilterValue;
  /** Where the field begins, counted in characters from 1. */
  readonly position: number;
}

export interface FilterValue {
  /** Without quotes, escapes resolved, and without the star of a prefix. */
  readonly text: string;
  /** Whether it ends in a star: everything that begins with the text. */
  readonly prefix: boolean;
  readonly position: number;
}

/**
 * Reads a filter: comparisons joined by AND, a subset of AIP-160. Fails with
 * FILTER_INVALID, which tells the position and what would be right there.
 *
 *     state = FAILED AND create_time > -7d AND name = "train-*"
 */
export function parseFilter(filter: string): Comparison[] {
  const found: Comparison[] = [];
  let at = skipSpace(filter, 0);
  while (at < filter.length) {
    if (found.length > 0) at = joined(filter, at);
    const next = comparison(filter, at);
    found.push(next.comparison);
    at = skipSpace(filter, next.end);
  }
  return found;
}

/** The failure that a filter means, at a position counted from 1. */
export function filterInvalid(position: number, expected: string): SignalboxError {
  return new SignalboxError(Reason.FILTER_INVALID, `filter, position ${position}: ${expected}`, {
    metadata: { position: String(position) },
    violations: [{ field: "filter", description: `position ${position}: ${expected}`, rule: "filter" }],
  });
}

const space = /\s*/y;
const word = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*/y;
const operator = /!=|<=|>=|[=<>:]/y;
/** Enough for numbers, times with offsets, ids, names and prefixes; all else goes into quotes. */
const bare = /(?:\\.|[^\s()"'\\,=<>!])+/y;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

const skipSpace = (text: string, at: number) => at + (match(space, text, at)?.length ?? 0);

const seen = (text: string, at: number) => (at < text.length ? `"${[...text.slice(at, at + 24)].slice(0, 12).join("")}"` : "the end");

/** Reads the AND between two comparisons and tells where the next one begins. */
function joined(filter: string, at: number): number {
  const conjunction = match(word, filter, at);
  const after = at + (conjunction?.length ?? 0);
  const begin = skipSpace(filter, after);
  if (conjunction !== "AND" || begin === after) {
    throw filterInvalid(at + 1, `AND is expected between comparisons, not ${seen(filter, at)}; text with spaces goes into quotes`);
  }
  return begin;
}

function comparison(filter: string, at: number): { comparison: Comparison; end: number } {
  const field = match(word, filter, at);
  if (field === undefined || field === "AND") throw filterInvalid(at + 1, `a field's name is expected, not ${seen(filter, at)}`);
  if (field === "NOT" || field === "OR")
    throw filterInvalid(at + 1, `${field} is not understood: comparisons are joined by AND, and != negates one`);
  const operatorAt = skipSpace(filter, at + field.length);
  const sign = match(operator, filter, operatorAt);
  if (sign === undefined) throw filterInvalid(operatorAt + 1, `one of = != < <= > >= : is expected, not ${seen(filter, operatorAt)}`);
  const { value, end } = valueAt(filter, skipSpace(filter, operatorAt + sign.length));
  return { comparison: { field, operator: sign as Operator, value, position: at + 1 }, end };
}

function valueAt(filter: string, at: number): { value: FilterValue; end: number } {
  const quote = filter[at];
  const quoted = quote === '"' || quote === "'";
  const begin = quoted ? at + 1 : at;
  const end = quoted ? closing(filter, begin, quote) : begin + (match(bare, filter, begin)?.length ?? 0);
  if (!quoted && end === begin)
    throw filterInvalid(at + 1, `a value is expected, not ${seen(filter, at)}; text with spaces or signs goes into quotes`);
  return { value: { ...unescaped(filter, begin, end), position: at + 1 }, end: quoted ? end + 1 : end };
}

function closing(filter: string, begin: number, quote: string): number {
  for (let at = begin; at < filter.length; at++) {
    if (filter[at] === "\\") at++;
    else if (filter[at] === quote) return at;
  }
  throw filterInvalid(begin, `the text that begins here has no closing ${quote}`);
}

function unescaped(filter: string, begin: number, end: number): { text: string; prefix: boolean } {
  let text = "";
  for (let at = begin; at < end; at++) {
    const char = filter[at] as string;
    if (char === "\0") throw filterInvalid(at + 1, "U+0000 is not allowed");
    if (char === "\\" && at + 1 < end) text += filter[++at];
    else if (char !== "*") text += char;
    else if (at === end - 1) return { text, prefix: true };
    else throw filterInvalid(at + 1, "a star may stand at the end only, for a prefix; write \\* for the character");
  }
  return { text, prefix: false };
}
