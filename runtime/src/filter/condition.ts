import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type Expression, type SqlBool, sql } from "kysely";
import type { Clock } from "../clock.ts";
import { SignalboxError } from "../errors.ts";
import { type Id, isUuid, toId } from "../ids.ts";
import type { ListField, Listing, Row } from "../store/listing.ts";
import { instantOf } from "./instant.ts";
import { filterInvalid } from "./invalid.ts";
import { parseFilter } from "./parse.ts";
import type { Comparison, Filter, Value } from "./tree.ts";

/** One condition, ready for a `where`. */
export type Condition = (row: Row) => Expression<SqlBool>;

/** A filter whose names are columns, and whose values are what these hold. */
export type Bound = BoundColumn | BoundMember | BoundJunction | BoundNegation;

export interface BoundColumn {
  readonly kind: "column";
  readonly where: Condition;
  readonly column: string;
  /** Which values it asks for: one, some such as a range, or all the rest. */
  readonly asks: "one" | "some" | "rest";
  /** Columns of the list that have one value among the rows with such a value. */
  readonly implies?: readonly string[];
  readonly comparison: Comparison;
}

interface BoundMember {
  readonly kind: "member";
  readonly where: Condition;
  /** What fulfils it; where there is more than `most`, that many and one. Absent where no index tells. */
  readonly having?: (most: number) => Promise<readonly Id[]>;
  readonly comparison: Comparison;
}

interface BoundJunction {
  readonly kind: "and" | "or";
  readonly where: Condition;
  readonly of: readonly Bound[];
}

interface BoundNegation {
  readonly kind: "not";
  readonly where: Condition;
  readonly of: Bound;
}

const mostMatches = 1000;

/** The conditions that a filter stands for, all of which hold. Fails with FILTER_INVALID, or with TOO_MANY_MATCHES for a related name. */
export async function bindFilter(listing: Listing, filter: string, clock: Clock): Promise<Bound[]> {
  const tree = parseFilter(filter);
  if (!tree) return [];
  return Promise.all((tree.kind === "and" ? tree.of : [tree]).map((part) => bind(listing, part, clock)));
}

async function bind(listing: Listing, filter: Filter, clock: Clock): Promise<Bound> {
  if (filter.kind === "comparison") return compared(listing, filter, clock);
  if (filter.kind === "not") {
    const of = await bind(listing, filter.of, clock);
    // What is not there is not so: a comparison with null is neither true nor false.
    return { kind: "not", of, where: (row) => sql<SqlBool>`(${of.where(row)}) is not true` };
  }
  const { kind } = filter;
  const of = await Promise.all(filter.of.map((part) => bind(listing, part, clock)));
  return { kind, of, where: (row) => row[kind](of.map(({ where }) => where(row))) };
}

async function compared(listing: Listing, comparison: Comparison, clock: Clock): Promise<BoundColumn | BoundMember> {
  const { path, operator, value, position } = comparison;
  const name = path.join(".");
  const field = Object.hasOwn(listing.fields, name) ? listing.fields[name] : undefined;
  if (!field) throw filterInvalid(position, `"${name}" is not a field to filter by; those are ${Object.keys(listing.fields).join(", ")}`);
  if (field.kind === "member") {
    if (operator !== ":" || value.match !== "whole") throw filterInvalid(position, `${name} is a collection, asked as ${name}:member`);
    const having = field.having && ((most: number) => field.having?.(value.text, most) ?? Promise.resolve([]));
    return { kind: "member", where: (row) => field.has(row, value.text), ...(having && { having }), comparison };
  }
  if (operator === ":")
    throw filterInvalid(position, `${name} is not a collection; it is compared by = != ${ordered(field) ? "< <= > >=" : ""}`.trim());
  if (operator !== "=" && operator !== "!=" && !ordered(field)) throw filterInvalid(position, `${name} is compared by = and != only`);
  if (value.match === "suffix" || value.match === "part")
    throw filterInvalid(
      value.position,
      `${name} is not searched for what lies within; a star may stand at the end, for all that begins so`,
    );
  const of = { kind: "column", column: field.column, comparison } as const;
  if (field.kind === "id")
    return { ...of, ...(field.implies && { implies: field.implies }), ...(await related(field, name, operator === "!=", value)) };
  if (value.match === "prefix") {
    if (field.kind !== "text" || (operator !== "=" && operator !== "!="))
      throw filterInvalid(value.position, "a prefix is for text, compared by = and !=; write \\* for the character");
    return { ...of, where: begins(field.column, value.text, operator === "!="), asks: operator === "!=" ? "rest" : "some" };
  }
  const operand = operandOf(field, name, value, clock);
  return {
    ...of,
    where: (row) => row(field.column, operator, operand),
    asks: operator === "=" ? "one" : operator === "!=" ? "rest" : "some",
  };
}

const ordered = ({ kind }: ListField) => kind === "text" || kind === "int" || kind === "float" || kind === "time";

/** A range of byte order, which is the same on every engine and can use an index; LIKE is neither. */
function begins(column: string, prefix: string, negated: boolean): Condition {
  const end = successor(prefix);
  return (row) => {
    const within = row.and([row(column, ">=", prefix), ...(end === undefined ? [] : [row(column, "<", end)])]);
    return negated ? row.not(within) : within;
  };
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

async function related(
  field: ListField & { kind: "id" },
  name: string,
  negated: boolean,
  value: Value,
): Promise<Pick<BoundColumn, "where" | "asks">> {
  const { column } = field;
  const prefix = value.match === "prefix";
  if (isUuid(value.text) && !prefix)
    return { where: (row) => row(column, negated ? "!=" : "=", toId(value.text)), asks: negated ? "rest" : "one" };
  if (!field.resolve) throw filterInvalid(value.position, `${name} is compared with an id, a UUID`);
  const ids = await field.resolve({ text: value.text, prefix });
  if (ids.length > mostMatches) {
    throw new SignalboxError(
      Reason.TOO_MANY_MATCHES,
      `filter, position ${value.position}: more than ${mostMatches} match ${name}; narrow it`,
      {
        metadata: { field: name, limit: String(mostMatches) },
      },
    );
  }
  const [only, ...others] = ids;
  if (only && others.length === 0) return { where: (row) => row(column, negated ? "!=" : "=", only), asks: negated ? "rest" : "one" };
  return { where: (row) => row(column, negated ? "not in" : "in", [...ids]), asks: negated ? "rest" : "some" };
}

function operandOf(
  field: Exclude<ListField, { kind: "member" | "id" }>,
  name: string,
  { text, position }: Value,
  clock: Clock,
): string | number {
  switch (field.kind) {
    case "text":
      return text;
    case "int":
    case "float": {
      const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      if (field.kind === "int" ? Number.isSafeInteger(number) : Number.isFinite(number)) return number;
      throw filterInvalid(position, `${name} is compared with ${field.kind === "int" ? "a whole number" : "a number"}`);
    }
    case "flag":
      if (text === "true" || text === "false") return Number(text === "true");
      throw filterInvalid(position, `${name} is true or false`);
    case "time": {
      const time = instantOf(text, clock);
      if (time !== undefined) return time;
      throw filterInvalid(
        position,
        `${name} is compared with a time, such as 2026-01-31T12:00:00Z or 2026-01-31, or one ago: -30m, -2h, -7d, -4w`,
      );
    }
    case "enum": {
      const wanted = text.toUpperCase();
      const found = field.enum.values.find((value) => value.localName === wanted || value.name === wanted);
      if (found) return found.number;
      const names = field.enum.values.filter(({ number }) => number !== 0).map(({ localName }) => localName);
      throw filterInvalid(position, `${name} is one of ${names.join(", ")}`);
    }
  }
}
