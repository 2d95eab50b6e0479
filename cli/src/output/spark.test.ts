import { expect, test } from "vitest";
import { brief, spark } from "./spark.ts";

test.each([
  [[8, 7, 6, 5, 4, 3, 2, 1], "█▇▆▅▄▃▂▁"],
  [[1, 1], "▁▁"],
  [[0, Number.NaN, 7], "▁ █"],
  [[], ""],
])("%j is drawn as %s", (values, line) => {
  expect(spark(values)).toBe(line);
});

test.each([
  [0.08231, "0.082"],
  [0.985, "0.985"],
  [40, "40"],
  [123.456, "123.5"],
  [0.00000012, "1.2e-7"],
  [Number.POSITIVE_INFINITY, "Infinity"],
])("%d is written as %s", (value, text) => {
  expect(brief(value)).toBe(text);
});
