import fc from "fast-check";
import { type Comparison, comparisonsIn, type Filter, joined, type Match, type Operator } from "../filter/tree.ts";

interface Asking {
  readonly operators: readonly Operator[];
  readonly texts: readonly string[];
  readonly matches?: readonly Match[];
  /** What follows the field's name: members. */
  readonly rest?: readonly string[];
}

export const equality = ["=", "!="] as const;
export const anyOrder = ["=", "!=", "<", "<=", ">", ">="] as const;

/** Comparisons of a field with some of these values. */
export function asking(field: string, { operators, texts, matches = ["whole"], rest }: Asking): fc.Arbitrary<Comparison> {
  const path = rest ? fc.constantFrom(...rest).map((member) => [field, member]) : fc.constant([field]);
  const of = fc.record({
    path,
    operator: fc.constantFrom(...operators),
    text: fc.constantFrom(...texts),
    match: fc.constantFrom(...matches),
  });
  return of.map(({ path, operator, text, match }) => {
    // Stars are for equality, and a single one is everything that begins with nothing.
    const meant = (equality as readonly Operator[]).includes(operator) ? match : "whole";
    const value = { text, match: meant === "suffix" && text === "" ? "prefix" : meant, position: 1 } as const;
    return { kind: "comparison", path, operator, value, position: 1 };
  });
}

/** Asks whether a field, or one of its members, is there. */
export const present = (field: string, rest?: readonly string[]): fc.Arbitrary<Comparison> =>
  asking(field, { operators: [":"], texts: [""], ...(rest && { rest }) }).map((asked) => ({
    ...asked,
    value: { ...asked.value, match: "prefix" },
  }));

/** Whatever filters can be made of these comparisons. */
export function filtersOf(comparisons: readonly fc.Arbitrary<Comparison>[]): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(...comparisons),
      tie("filter").map((of) => ({ kind: "not" as const, of })),
      fc
        .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("filter"), { minLength: 2, maxLength: 3 }))
        .map(([kind, of]) => joined(kind, of)),
    ),
  }));
  return filter.filter((some) => comparisonsIn(some).length <= 60);
}

/** Texts that engines are known to take for each other, or to sort each in its own way. */
export const oddTexts: readonly string[] = [
  ...["a", "A", "ab", "aB", "Ab", "ab c", "a b", "b", "ba", "aab", "é", "e\u0301", "É", "ß", "ss", "SS", "ﬁ", "fi", "ı", "I", "i"],
  ...["%", "_", "a%b", "a_b", "axb", "\\", "\\%", "*", "a*", "'", '"', "''", "`", "?", "$1", ":a", "--", "/*"],
  ...["0", "42", "042", "42.0", "4.2e1", "-1", "true", "false", "null", "NULL", "-7d", "2026-01-01"],
  ...["🐧", "🐧🐧", "a🐧", "a\u{10ffff}", "a\uffff", "\u{10ffff}", "\ud7ff", "\ue000", "\uffff", "日本", "日", "a\u200d", "ÿ"],
];
/** Those that end with white space, or have control characters: texts may, and names may not. */
export const oddEnds: readonly string[] = ["", " ", "  ", "a ", "a  ", "ab ", "\t", "a\t", "a\n", "a\u0001", "ab\tc", "\u00a0", "a\u00a0"];
