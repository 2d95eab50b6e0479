import { expect, test } from "vitest";
import { liveArea } from "./live.ts";

const up = (lines: number) => `\u001b[${lines}A\u001b[J`;

function area(rows = 24) {
  const written: string[] = [];
  return { written, ...liveArea({ write: (text) => written.push(text), columns: 10, rows }) };
}

test("lines are replaced where they stand, and only when they changed", () => {
  const { written, update } = area();
  update(["a", "b"]);
  update(["a", "b"]);
  update(["c"]);
  expect(written).toEqual(["a\nb\n", `${up(2)}c\n`]);
});

test("kept lines go above and are not replaced", () => {
  const { written, update, keep } = area();
  update(["busy"]);
  keep(["done"]);
  update([]);
  expect(written).toEqual(["busy\n", `${up(1)}done\nbusy\n`, up(1)]);
});

test("what does not fit is cut: wide lines at their end, many lines at their beginning", () => {
  const { written, update } = area(3);
  update(["1", "2", "a very long line"]);
  expect(written).toEqual(["2\na very lo…\n"]);
});
