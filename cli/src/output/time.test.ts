import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ago, bytes, duration, took } from "./time.ts";

test.each([
  [0, "0.0 s"],
  [1449, "1.4 s"],
  [41_200, "41 s"],
  [59_600, "1 min"],
  [200_000, "3 min 20 s"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [273_600_000, "3 d 4 h"],
])("%i ms is said as %s", (millis, text) => {
  expect(duration(millis)).toBe(text);
});

test.each([
  [0, "just now"],
  [12_000, "12 s ago"],
  [7_200_000, "2 h ago"],
  [86_400_000 * 3, "3 d ago"],
  [86_400_000 * 40, "2026-03-24"],
])("%i ms before now is said as %s", (millis, text) => {
  const now = Date.UTC(2026, 4, 3, 10);
  expect(ago(timestampFromMs(now - millis), now)).toBe(text);
});

test("what goes on is measured to now, what did not begin not at all", () => {
  expect(took(timestampFromMs(1000), undefined, 4000)).toBe("3.0 s");
  expect(took(undefined, undefined, 4000)).toBe("");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1234, "1.2 kB"],
  [67_123n, "67 kB"],
  [999_600, "1.0 MB"],
  [5_500_000_000_000_000n, "5500 TB"],
])("%s bytes are said as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});
