import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SignalboxError } from "../errors.ts";
import { parseFilter } from "./parse.ts";
import { printFilter } from "./print.ts";
import { comparisonsIn, type Filter, joined, type Match, type Operator } from "./tree.ts";

/** A tree without its positions. */
function bare(filter: Filter | undefined): unknown {
  if (!filter) return undefined;
  if (filter.kind === "not") return { not: bare(filter.of) };
  if (filter.kind !== "comparison") return { [filter.kind]: filter.of.map(bare) };
  const { path, operator, value } = filter;
  return [path.join("/"), operator, value.text, value.match];
}

const a = ["a", "=", "1", "whole"];
const b = ["b", "=", "2", "whole"];
const c = ["c", "=", "3", "whole"];

describe("a filter", () => {
  test.each<[string, unknown]>([
    ["", undefined],
    ["  ", undefined],
    ["a = 1", a],
    ["a=1", a],
    ["(a = 1)", a],
    ["a = 1 AND b = 2", { and: [a, b] }],
    ["a = 1 OR b = 2", { or: [a, b] }],
    ["a = 1 AND b = 2 OR c = 3", { and: [a, { or: [b, c] }] }],
    ["(a = 1 AND b = 2) OR c = 3", { or: [{ and: [a, b] }, c] }],
    ["a = 1 AND (b = 2 AND c = 3)", { and: [a, b, c] }],
    ["a = 1 AND(b = 2)", { and: [a, b] }],
    ["NOT a = 1", { not: a }],
    ["-a = 1", { not: a }],
    ["NOT (a = 1 OR b = 2)", { not: { or: [a, b] } }],
    ["NOT NOT a = 1", { not: { not: a } }],
    ["a = (1 OR 2)", { or: [a, ["a", "=", "2", "whole"]] }],
    [
      "a != (1 OR 2)",
      {
        and: [
          ["a", "!=", "1", "whole"],
          ["a", "!=", "2", "whole"],
        ],
      },
    ],
    ['a = "x y\\"z"', ["a", "=", 'x y"z', "whole"]],
    ["a = 'x*'", ["a", "=", "x", "prefix"]],
    ["a = *x", ["a", "=", "x", "suffix"]],
    ["a = *x*", ["a", "=", "x", "part"]],
    ["a = \\*x\\*", ["a", "=", "*x*", "whole"]],
    ["a:*", ["a", ":", "", "prefix"]],
    ['a = ""', ["a", "=", "", "whole"]],
    ["a >= -3", ["a", ">=", "-3", "whole"]],
    ["a < 2026-01-01T00:00:00+02:00", ["a", "<", "2026-01-01T00:00:00+02:00", "whole"]],
    ['metadata."my.key" > 0.5', ["metadata/my.key", ">", "0.5", "whole"]],
    ["pipeline.name = a-b", ["pipeline/name", "=", "a-b", "whole"]],
    ["metadata.top-5 = 1", ["metadata/top-5", "=", "1", "whole"]],
    ['"AND" = 1', ["AND", "=", "1", "whole"]],
    ["ANDREW = NOT", ["ANDREW", "=", "NOT", "whole"]],
  ])("%s is understood", (text, expected) => {
    expect(bare(parseFilter(text))).toEqual(expected);
  });

  test.each([
    ["name", "position 5: one of = != < <= > >= : is expected, not the end"],
    ["name =", "position 7: a value is expected"],
    ["= abc", "position 1: a field's name is expected"],
    ["name = a size = 3", 'position 10: AND or OR is expected between comparisons; text with spaces goes into quotes, not "size = 3"'],
    ["name = a AND", "position 13: a field's name is expected, not the end"],
    ["name = a AND OR", "position 14: a field's name is expected"],
    ["(name = a", "position 10: a closing ) is expected, not the end"],
    ["name = a)", "position 9: AND or OR is expected"],
    ["name = (a AND b)", "position 11: OR or a closing ) is expected between values"],
    ["()", "position 2: a field's name is expected"],
    ['name = "a', 'position 8: the text that begins here has no closing "'],
    ["name = a*b", "position 9: a star may stand at the beginning and at the end only"],
    ["a. = 1", "position 3: the next part of the field's name is expected"],
    ["name = \0", "U+0000"],
    [`${"(".repeat(22)}a = 1`, "more than 20 parentheses"],
    [Array.from({ length: 201 }, () => "a = 1").join(" OR "), "at most 200 comparisons"],
  ])("%s is refused in words", (text, words) => {
    expect(() => parseFilter(text)).toThrow(
      expect.objectContaining({ reason: Reason.FILTER_INVALID, message: expect.stringContaining(words) }),
    );
  });

  test("never fails but with FILTER_INVALID, whatever it says", () => {
    const words = ["a", "b.c", "AND", "OR", "NOT", "=", "!=", "<", ">=", ":", '"', "'", "\\", "*", "(", ")", "-", ".", " "];
    const piece = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...words) }, fc.string({ unit: "binary", maxLength: 6 }));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
        (text) => {
          try {
            const filter = parseFilter(text);
            if (filter) expect(bare(parseFilter(printFilter(filter)))).toEqual(bare(filter));
          } catch (error) {
            if (!(error instanceof SignalboxError && error.reason === Reason.FILTER_INVALID)) throw error;
          }
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test.each<[string, (length: number) => string]>([
    ["parentheses", (length) => "(".repeat(length)],
    ["negations", (length) => "NOT ".repeat(length / 4)],
    ["signs", (length) => "-".repeat(length)],
    ["a word", (length) => "a".repeat(length)],
    ["words after parentheses", (length) => `${"(".repeat(20)}a = 1 ${"b".repeat(length)}`],
    ["a path", (length) => "a.".repeat(length / 2)],
    ["white space", (length) => `a${" ".repeat(length)}=${"\t".repeat(length)}1`],
    ["escapes", (length) => `a = ${"\\".repeat(length)}`],
    ["a text without an end", (length) => `a = "${"x\\".repeat(length / 2)}`],
    ["stars", (length) => `a = ${"*".repeat(length)}`],
    ["values", (length) => `a = (${"1 OR ".repeat(length / 5)}2)`],
    ["comparisons", (length) => "a = 1 AND ".repeat(length / 10)],
    ["texts", (length) => `a = "${"\u{1f427}".repeat(length / 2)}"`],
  ])("of nothing but %s is read or refused in a time that grows with its length alone", (_, textOf) => {
    // Sixteen times what the contract takes in; what grew with the square of the length would take minutes.
    const text = textOf(64 * 1024);
    const begun = process.cpuUsage();
    try {
      parseFilter(text);
    } catch (error) {
      expect(error).toMatchObject({ reason: Reason.FILTER_INVALID });
    }
    const { user } = process.cpuUsage(begun);
    expect(user / 1000 / (text.length / 1024)).toBeLessThan(50);
  });

  test("is the same after it was written and read, whatever it is", () => {
    const text = fc.string({ unit: "binary" }).filter((some) => !some.includes("\0"));
    const value = fc.record({ text, match: fc.constantFrom<Match>("whole", "prefix", "suffix", "part"), position: fc.constant(1) });
    const comparison = fc.record({
      kind: fc.constant("comparison" as const),
      path: fc.array(text, { minLength: 1, maxLength: 3 }),
      operator: fc.constantFrom<Operator>("=", "!=", "<", "<=", ">", ">=", ":"),
      // A single star is everything that begins with nothing.
      value: value.map((some) => (some.match === "suffix" && some.text === "" ? { ...some, match: "prefix" as const } : some)),
      position: fc.constant(1),
    });
    const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 5 },
        comparison,
        tie("filter").map((of) => ({ kind: "not" as const, of })),
        fc
          .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("filter"), { minLength: 2, maxLength: 4 }))
          .map(([kind, of]) => joined(kind, of)),
      ),
    }));
    fc.assert(
      fc.property(filter, (some) => {
        fc.pre(comparisonsIn(some).length <= 200);
        expect(bare(parseFilter(printFilter(some)))).toEqual(bare(some));
      }),
      { numRuns: 2_000 },
    );
  });
});
