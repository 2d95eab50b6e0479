import { describe, expect, test } from "vitest";
import { ordered } from "./order.ts";

describe("the order of a graph", () => {
  test.each([
    ["nothing", {}, []],
    ["what is in order already", { a: [], b: ["a"], c: ["b"] }, ["a", "b", "c"]],
    ["what is not", { c: ["b"], b: ["a"], a: [] }, ["a", "b", "c"]],
    ["a diamond", { d: ["b", "c"], b: ["a"], c: ["a"], a: [] }, ["a", "b", "c", "d"]],
    ["names of steps that are not there", { b: ["missing"], a: ["b"] }, ["b", "a"]],
    ["a circle", { a: ["b"], b: ["a"], c: [] }, ["c", "a", "b"]],
    ["itself", { a: ["a"] }, ["a"]],
  ])("%s", (_, upstream: Record<string, string[]>, expected) => {
    expect(ordered(new Map(Object.entries(upstream)))).toEqual(expected);
  });
});
