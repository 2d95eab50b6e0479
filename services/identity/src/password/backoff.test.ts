import { expect, test } from "vitest";
import { lockMs } from "./backoff.ts";

test.each([
  [1, 0],
  [4, 0],
  [5, 30_000],
  [6, 60_000],
  [9, 480_000],
  [10, 900_000],
  [1000, 900_000],
])("%i failures in a row lock for %i ms", (failures, ms) => {
  expect(lockMs(failures)).toBe(ms);
});
