import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type Expression, type SqlBool, sql } from "kysely";
import type { Clock } from "../clock.ts";
import { SignalboxError } from "../errors.ts";
import { type Id, isUuid, noId, toId } from "../ids.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import type { Along, Beside, FactField, ListField, Listing, Member, MemberField, Place, Row } from "../store/listing.ts";
import { filterInvalid } from "./invalid.ts";
import { memberOf } from "./member.ts";
import { operandOf } from "./operand.ts";
import { parseFilter } from "./parse.ts";
import { asking, compareText, starIsForText } from "./text.ts";
import type { Comparison, Filter, Value } from "./tree.ts";

/** One condition, ready for a `where`. */
export type Condition = (row: Row) => Expression<SqlBool>;

/** A filter whose names are columns, and whose values are what these hold. */
export type Bound = BoundColumn | BoundMember | BoundJunction | BoundNegation;

export interface BoundColumn {
  readonly kind: "column";
  readonly where: Condition;
  readonly column: string;
  /** Which values it asks for: one, some such as a range, all but some, or those that a search through each finds. */
  readonly asks: "one" | "some" | "rest" | "search";
  /** Columns of the list that have one value among the rows with such a value. */
  readonly implies?: readonly string[];
  readonly comparison: Comparison;
}

interface BoundMember {
  readonly kind: "member";
  readonly where: Condition;
  /** What fulfils it; where there is more than `most`, that many and one, or undefined. Absent where no index tells. */
  readonly having?: (most: number) => Promise<readonly Id[] | undefined>;
  /** Follows that in the order of creation. */
  readonly walk?: (along: Along) => Promise<readonly Place[]>;
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

export interface BindContext {
  readonly dialect: Pick<Dialect, "compares" | "within">;
  readonly clock: Clock;
}

type Column = Exclude<ListField, { kind: "member" | "fact" }>;

const mostMatches = 1000;

/** The conditions that a filter stands for, all of which hold. Fails with FILTER_INVALID, or with TOO_MANY_MATCHES for a related name. */
export async function bindFilter(listing: Listing, filter: string, context: BindContext): Promise<Bound[]> {
  const tree = parseFilter(filter);
  if (!tree) return [];
  return Promise.all((tree.kind === "and" ? tree.of : [tree]).map((part) => bind(listing, part, context)));
}

async function bind(listing: Listing, filter: Filter, context: BindContext): Promise<Bound> {
  if (filter.kind === "comparison") return compared(listing, filter, context);
  if (filter.kind === "not") {
    const of = await bind(listing, filter.of, context);
    // What is not there is not so: a comparison with null is neither true nor false.
    return { kind: "not", of, where: (row) => sql<SqlBool>`(${of.where(row)}) is not true` };
  }
  const { kind } = filter;
  const of = await Promise.all(filter.of.map((part) => bind(listing, part, context)));
  return { kind, of, where: (row) => row[kind](of.map(({ where }) => where(row))) };
}

async function compared(listing: Listing, comparison: Comparison, context: BindContext): Promise<BoundColumn | BoundMember> {
  const { name, field, rest } = fieldOf(listing, comparison);
  if (field.kind === "member")
    return { kind: "member", ...asked(field, memberOf(name, field, rest, comparison, context.dialect)), comparison };
  if (field.kind === "fact") return { kind: "member", ...stated(field, name, comparison, context), comparison };
  const bound = await inColumn(name, field, comparison, context);
  return field.beside && bound.kind === "column" ? { kind: "member", ...aside(field.beside, bound), comparison } : bound;
}

async function inColumn(name: string, field: Column, comparison: Comparison, context: BindContext): Promise<BoundColumn | BoundMember> {
  const { operator, value, position } = comparison;
  const { dialect, clock } = context;
  const of = { kind: "column", column: field.column, comparison } as const;
  if (operator === ":" && field.kind === "text" && field.words && value.text !== "") {
    if (value.match !== "whole" && value.match !== "prefix")
      throw filterInvalid(value.position, `${name} is asked for how its words begin`);
    return { kind: "member", ...asked(field.words, { name: value.text }), comparison };
  }
  if (operator === ":") {
    if (value.match !== "prefix" || value.text !== "" || field.kind === "flag") throw filterInvalid(position, notAMember(name, field));
    return { ...of, where: present(field, dialect), asks: "rest" };
  }
  if (operator !== "=" && operator !== "!=" && !ordered(field)) throw filterInvalid(position, `${name} is compared by = and != only`);
  if (field.kind === "id")
    return { ...of, ...(field.implies && { implies: field.implies }), ...(await related(field, name, operator === "!=", value)) };
  if (field.kind === "text") return { ...of, ...compareText(field.column, operator, value, dialect) };
  if (value.match !== "whole") throw filterInvalid(value.position, starIsForText);
  const operand = operandOf(field, name, value, clock);
  const where: Condition = (row) => row(field.column, operator, operand);
  // What never came has no time, and comes before none.
  const never = field.kind === "time" && (operator === "<" || operator === "<=" || operator === "!=");
  return { ...of, where: never ? (row) => row.and([where(row), row(field.column, "!=", 0)]) : where, asks: asking(operator) };
}

/** The field that a path names, and what of the path is left: the name of a member. */
function fieldOf({ fields }: Listing, { path, position }: Comparison) {
  for (let length = path.length; length > 0; length--) {
    const name = path.slice(0, length).join(".");
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field && (length === path.length || (field.kind === "member" && field.valued))) return { name, field, rest: path.slice(length) };
  }
  throw filterInvalid(position, `"${path.join(".")}" is not a field to filter by; those are ${Object.keys(fields).join(", ")}`);
}

function asked(field: MemberField, member: Member): Pick<BoundMember, "where" | "having" | "walk"> {
  const { has, having, walk } = field;
  const { name, value } = member;
  return {
    where: (row) => has(row, member),
    ...(having && { having: (most) => having(member, most) }),
    ...(walk && name !== undefined && !value && { walk: (along) => walk(name, along) }),
  };
}

/** A condition of a column that lies in another table. */
function aside({ has, having, walk }: Beside, { where, asks }: BoundColumn): Pick<BoundMember, "where" | "having" | "walk"> {
  const isTold = asks === "one" || asks === "some";
  return {
    where: (row) => has(row, where),
    having: async (most) => (isTold ? having(where, most) : undefined),
    ...(walk && asks === "one" && { walk: (along) => walk(where, along) }),
  };
}

function stated(
  { is, having }: FactField,
  name: string,
  { operator, value, position }: Comparison,
  { clock }: BindContext,
): Pick<BoundMember, "where" | "having"> {
  if (operator !== "=" && operator !== "!=") throw filterInvalid(position, `${name} is true or false`);
  const isAsked = (operandOf({ kind: "flag", column: "" }, name, value, clock) === 1) === (operator === "=");
  return isAsked ? { where: is, having } : { where: (row) => row.not(is(row)), having: async () => undefined };
}

const ordered = ({ kind }: ListField) => kind === "text" || kind === "int" || kind === "float" || kind === "time";

/** Whether something is there at all: texts that are none are empty, ids all zeros, times and enums 0, and numbers null. */
function present({ kind, column }: Column, { compares }: BindContext["dialect"]): Condition {
  if (kind === "int" || kind === "float") return (row) => row(column, "is not", null);
  if (kind === "text") return (row) => compares(row.ref(column), "!=", "");
  return (row) => row(column, "!=", kind === "id" ? noId : 0);
}

function notAMember(name: string, field: ListField): string {
  const operators = `= != ${ordered(field) ? "< <= > >=" : ""}`.trim();
  return `${name} is not a collection; it is compared by ${operators}, and ${name}:* asks whether there is one`;
}

async function related(
  field: ListField & { kind: "id" },
  name: string,
  negated: boolean,
  value: Value,
): Promise<Pick<BoundColumn, "where" | "asks">> {
  const { column } = field;
  const prefix = value.match === "prefix";
  if (value.match === "suffix" || value.match === "part")
    throw filterInvalid(value.position, `${name} is found by an id or a name, or by how its name begins`);
  if (isUuid(value.text) && !prefix && !field.refers)
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
