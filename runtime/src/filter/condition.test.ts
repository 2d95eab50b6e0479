import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { describe, expect, test } from "vitest";
import { sqlite } from "../store/dialect/sqlite.ts";
import type { Listing } from "../store/listing.ts";
import { orderOf } from "../store/order.ts";
import { bindFilter } from "./condition.ts";
import { instantOf } from "./instant.ts";

const listing: Listing = {
  table: "thing",
  fixed: [],
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

describe("conditions", () => {
  test.each([
    ["nope = 1", '"nope" is not a field to filter by; those are name, state, size, score, hidden, create_time, owner, tag'],
    ["state < NOT_FOUND", "state is compared by = and != only"],
    ["state = NOPE", "state is one of INTERNAL, UNAVAILABLE"],
    ["size = 1.5", "position 8: size is compared with a whole number"],
    ["size = 9007199254740993", "whole number"],
    ["score = 1e400", "score is compared with a number"],
    ["hidden = 1", "hidden is true or false"],
    ["create_time > yesterday", "create_time is compared with a time, such as"],
    ["create_time > 2026-02-30", "create_time is compared with a time"],
    ["owner = *0190a5d4-0000-7000-8000-000000000002", "owner is found by an id or a name, or by how its name begins"],
    ["owner = me", "owner is compared with an id"],
    ["name:abc", "name is not a collection; it is compared by = != < <= > >=, and name:* asks whether there is one"],
    ["tag = a", "tag is a collection, asked as tag:member"],
    ["size = 1*", "a star is for text"],
    ["size = *1", "a star is for text"],
    ["size > 1 OR NOT (score = x)", "score is compared with a number"],
    ["__proto__ = 1", '"__proto__" is not a field'],
  ])("%s is refused in words", async (text, words) => {
    const refused = await bindFilter(listing, text, { dialect: sqlite, clock }).then(
      () => undefined,
      (error) => error,
    );
    expect(refused).toMatchObject({ reason: Reason.FILTER_INVALID, message: expect.stringContaining(words) });
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
