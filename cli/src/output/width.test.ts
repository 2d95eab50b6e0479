import { expect, test } from "vitest";
import { clip, displayWidth, padEnd, printable } from "./width.ts";

test.each([
  ["ascii", 5],
  ["größe", 5],
  ["e\u0301", 1],
  ["日本", 4],
  ["🦊", 2],
  ["👩‍🔬", 2],
  ["✓", 1],
  ["❤️", 2],
  ["🇫🇷", 2],
])("%s takes %i columns", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test("texts of any script are padded to the same column", () => {
  expect(["otter", "🦊 fox", "日本"].map((text) => displayWidth(padEnd(text, 8)))).toEqual([8, 8, 8]);
});

test("a line is cut at the width of the terminal, styles not counted", () => {
  expect(clip("abcdef", 6)).toBe("abcdef");
  expect(clip("abcdefg", 6)).toBe("abcde…");
  expect(clip("日本語", 4)).toBe("日…");
  expect(clip("\u001b[32mabcdef\u001b[39mg", 4)).toBe("\u001b[32mabc\u001b[39m…");
});

test("control characters of others are shown, not obeyed", () => {
  expect(printable("a\u001b[2Jb\tc\nd")).toBe("a\\u001b[2Jb c d");
  expect(printable("x\u202ey")).toBe("x\\u202ey");
});
