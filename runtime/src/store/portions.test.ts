import { expect, test } from "vitest";
import { portions } from "./portions.ts";

const sizes = (rows: readonly number[]) => [...portions(rows, (bytes) => bytes)].map((portion) => portion.length);

test.each([
  ["nothing is no portion", [], []],
  ["a thousand rows are one portion", Array(1000).fill(1), [1000]],
  ["and one more is another", Array(1001).fill(1), [1000, 1]],
  ["a mebibyte is one portion", [1 << 19, 1 << 19, 1], [2, 1]],
  ["a row that is larger goes alone", [1, 1 << 21, 1], [1, 1, 1]],
])("%s", (_, rows, expected) => {
  expect(sizes(rows)).toEqual(expected);
});
