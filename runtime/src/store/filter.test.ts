import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SignalboxError } from "../errors.ts";
import { conditionsOf } from "./condition.ts";
import { parseFilter } from "./filter.ts";
import { instantOf } from "./instant.ts";
import type { Listing } from "./listing.ts";
import { orderOf } from "./order.ts";

const listing: Listing = {
  fields: {
    name: { kind: "text", column: "name", sortable: true },
    state: { kind: "enum", column: "state", enum: ReasonSchema },
    size: { kind: "int", column: "size", sortable: true },
    score: { kind: "float", column: "score" },
    hidden: { kind: "flag", column: "hidden" },
    create_time: { kind: "time", column: "createTime", sortable: true },
    owner: { kind: "id", column: "ownerId" },
    tag: { kind: "member", has: (row) => row.lit(true) },
  },
  key: "id",
  defaultOrder: "create_time desc",
};
const clock = () => 1_800_000_000_000_000;

describe("a filter", () => {
  test.each([
    ["", []],
    ["  ", []],
    ["name = abc", [["name", "=", "abc", false]]],
    ["name=abc", [["name", "=", "abc", false]]],
    ['name = "a b\\"c"', [["name", "=", 'a b"c', false]]],
    ["name = 'a*'", [["name", "=", "a", true]]],
    ["name != abc\\*", [["name", "!=", "abc*", false]]],
    [
      "size >= -3 AND create_time < 2026-01-01T00:00:00+02:00",
      [
        ["size", ">=", "-3", false],
        ["create_time", "<", "2026-01-01T00:00:00+02:00", false],
      ],
    ],
    ["tag:nightly", [["tag", ":", "nightly", false]]],
    ['name = ""', [["name", "=", "", false]]],
  ])("%s is understood", (text, expected) => {
    expect(parseFilter(text).map(({ field, operator, value }) => [field, operator, value.text, value.prefix])).toEqual(expected);
  });

  test.each([
    ["name", "position 5: one of = != < <= > >= : is expected, not the end"],
    ["name =", "position 7: a value is expected, not the end"],
    ["= abc", 'position 1: a field\'s name is expected, not "= abc"'],
    ["name = a size = 3", 'position 10: AND is expected between comparisons, not "size = 3"'],
    ["name = a OR size = 3", "position 10: AND is expected"],
    ["NOT name = a", "position 1: NOT is not understood"],
    ["name = a AND", "position 10: AND is expected"],
    ['name = "a', 'position 8: the text that begins here has no closing "'],
    ["name = a*b", "position 9: a star may stand at the end only"],
    ["nope = 1", '"nope" is not a field to filter by; those are name, state, size, score, hidden, create_time, owner, tag'],
    ["state < NOT_FOUND", "state is compared by = and != only"],
    ["state = NOPE", "state is one of INTERNAL, UNAVAILABLE"],
    ["size = 1.5", "position 8: size is compared with a whole number"],
    ["size = 9007199254740993", "whole number"],
    ["score = 1e400", "score is compared with a number"],
    ["hidden = 1", "hidden is true or false"],
    ["create_time > yesterday", "create_time is compared with a time, such as"],
    ["create_time > 2026-02-30", "create_time is compared with a time"],
    ["owner = me", "owner is compared with an id"],
    ["name:abc", "name is not a collection"],
    ["tag = a", "tag is a collection, asked as tag:member"],
    ["size = 1*", "a prefix is for text"],
    ["__proto__ = 1", '"__proto__" is not a field'],
    ["name = \0", "U+0000"],
  ])("%s is refused in words", async (text, words) => {
    const refused = await conditionsOf(listing, text, clock).then(
      () => undefined,
      (error) => error,
    );
    expect(refused).toMatchObject({ reason: Reason.FILTER_INVALID, message: expect.stringContaining(words) });
  });

  test("never fails but with FILTER_INVALID, whatever it says", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...Object.keys(listing.fields),
        "AND",
        "OR",
        "NOT",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        '"',
        "'",
        "\\",
        "*",
        "(",
        "-7d",
        "true",
        "1e9",
        "FAILED",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constant(" "),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (filter) => {
        const error = await conditionsOf(listing, filter, clock).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error !== undefined && !(error instanceof SignalboxError && error.reason === Reason.FILTER_INVALID)) throw error;
      }),
      { numRuns: 3000 },
    );
  });

  test("finds any text that is quoted", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
        (text) => {
          const [found] = parseFilter(`name = "${text.replace(/[\\"*]/g, "\\$&")}"`);
          expect(found?.value).toMatchObject({ text, prefix: false });
        },
      ),
    );
  });
});

test.each([
  ["2026-01-31T12:00:00Z", Date.UTC(2026, 0, 31, 12) * 1000],
  ["2026-01-31t12:00:00.123456789z", Date.UTC(2026, 0, 31, 12) * 1000 + 123_456],
  ["2026-01-31T12:00:00.5+01:00", Date.UTC(2026, 0, 31, 11) * 1000 + 500_000],
  ["2026-01-31", Date.UTC(2026, 0, 31) * 1000],
  ["-7d", clock() - 7 * 86_400 * 1e6],
  ["9999-12-31", Number.MAX_SAFE_INTEGER],
  ["7d", undefined],
  ["2026-13-01", undefined],
])("%s is an instant, or not", (text, expected) => {
  expect(instantOf(text, clock)).toBe(expected);
});

describe("an order", () => {
  test("ends with the unique key, in the direction of its neighbour", () => {
    expect(orderOf(listing, "")).toEqual([
      { column: "createTime", descending: true },
      { column: "id", descending: true },
    ]);
    expect(orderOf(listing, "size desc, name").at(-1)).toEqual({ column: "id", descending: false });
  });

  test.each(["nope", "score", "tag", "name up", "name, name", ",", "name;", "constructor"])(
    "%s is refused, naming what may be sorted by",
    (text) => {
      expect(() => orderOf(listing, text)).toThrow(
        expect.objectContaining({ reason: Reason.ORDER_INVALID, message: expect.stringContaining("name, size, create_time") }),
      );
    },
  );
});
