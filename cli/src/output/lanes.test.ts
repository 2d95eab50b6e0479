import { expect, test } from "vitest";
import { gutters } from "./lanes.ts";

/** The drawing of steps, each written as its name and those before it. */
function drawing(...nodes: readonly string[]): string {
  const named = nodes.map((node) => node.split(" ")).map(([name = "", ...upstream]) => ({ name, upstream }));
  const drawn = gutters(named);
  const width = Math.max(...drawn.map(({ before, after }) => before.length + after.length));
  return drawn.map(({ before, after }, i) => `${`${before}●${after}`.padEnd(width + 1)} ${named[i]?.name}`).join("\n");
}

test("what follows one after the other stands in one line", () => {
  expect(drawing("load", "clean load", "train clean")).toBe("●  load\n●  clean\n●  train");
});

test("branches leave to the right, and come together again", () => {
  expect(drawing("load", "clean load", "draw load", "train clean", "rate train draw", "ship rate")).toBe(
    ["●─╮  load", "● │  clean", "│ ●  draw", "● │  train", "●─╯  rate", "●    ship"].join("\n"),
  );
});

test("a fan opens and closes", () => {
  expect(drawing("s", "a s", "b s", "c s", "d s", "m a b c d", "n m")).toBe(
    ["●─┬─┬─╮  s", "● │ │ │  a", "│ ● │ │  b", "│ │ ● │  c", "│ │ │ ●  d", "●─┴─┴─╯  m", "●        n"].join("\n"),
  );
});

test("lines cross where they must, and steps without any stand alone", () => {
  expect(drawing("a", "b", "c a b", "d a", "e b d", "f c e")).toBe(
    ["●─╮      a", "│ │ ●─╮  b", "●─┼─╯ │  c", "│ ●   │  d", "│ ●───╯  e", "●─╯      f"].join("\n"),
  );
  expect(drawing("x", "y", "z")).toBe("●  x\n●  y\n●  z");
});

test("what is named before it comes, or not at all, leads nowhere", () => {
  expect(drawing("a b", "b nobody a")).toBe("●  a\n●  b");
});

test("of very many lanes the first are drawn", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
  const drawn = gutters([
    { name: "root", upstream: [] },
    ...names.map((name) => ({ name, upstream: ["root"] })),
    { name: "end", upstream: names },
  ]);
  expect(Math.max(...drawn.map(({ before, after }) => before.length + after.length))).toBeLessThan(40);
});
