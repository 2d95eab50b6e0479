/** What a filter says, as a tree. No junction lies in one of its own kind, and each has at least two parts. */
export type Filter = Comparison | Junction | Negation;

export interface Junction {
  readonly kind: "and" | "or";
  readonly of: readonly Filter[];
}

export interface Negation {
  readonly kind: "not";
  readonly of: Filter;
}

/** `:` asks whether a collection has a member, or a text a word. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

export interface Comparison {
  readonly kind: "comparison";
  /** The parts of a field's name: ["pipeline", "name"], or ["metadata", "my key"]. */
  readonly path: readonly string[];
  readonly operator: Operator;
  readonly value: Value;
  /** Where the field begins, counted in characters from 1. */
  readonly position: number;
}

export interface Value {
  /** Without quotes, escapes resolved, and without stars. */
  readonly text: string;
  /** Which texts are meant: this one, all that begin so, that end so, or that have it anywhere in them. */
  readonly match: Match;
  readonly position: number;
}

export type Match = "whole" | "prefix" | "suffix" | "part";

/** Joins parts, so that no junction has one of its own kind in it; a single part stands for itself. */
export function joined(kind: Junction["kind"], parts: readonly Filter[]): Filter {
  const of = parts.flatMap((part) => (part.kind === kind ? part.of : [part]));
  return of.length === 1 ? (of[0] as Filter) : { kind, of };
}

/** The comparisons of a filter, in order. */
export function comparisonsIn(filter: Filter): Comparison[] {
  switch (filter.kind) {
    case "comparison":
      return [filter];
    case "not":
      return comparisonsIn(filter.of);
    default:
      return filter.of.flatMap((part) => comparisonsIn(part));
  }
}
