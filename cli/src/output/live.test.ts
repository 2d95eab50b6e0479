import { expect, test } from "vitest";
import { liveArea } from "./live.ts";

const control = String.fromCharCode(27);

/** A terminal as far as the live area uses one: what it shows, and how often it was written to. */
function terminal(columns: number, rows = 24) {
  let screen: string[] = [""];
  let at = 0;
  const size = { columns, rows };
  let writes = 0;
  const modes: string[] = [];
  function put(text: string): void {
    for (const part of text.split(new RegExp(`(${control}\\[\\??[0-9]*[A-Za-z]|\\n)`))) {
      const [, question, count, command] = new RegExp(`^${control}\\[(\\??)([0-9]*)([A-Za-z])$`).exec(part) ?? [];
      if (question) modes.push(count + String(command));
      else if (command === "A") at = Math.max(0, at - Number(count));
      else if (command === "K") screen[at] = "";
      else if (command === "J") screen = screen.slice(0, at + 1).map((line, i) => (i === at ? "" : line));
      else if (part === "\n") at += 1;
      else screen[at] = (screen[at] ?? "") + part;
      screen[at] ??= "";
    }
  }
  return {
    modes,
    lines: () => screen.slice(0, -1),
    writes: () => writes,
    /** As terminals do, what is wider than before is wrapped. */
    resize(wide: number) {
      screen = screen.flatMap((line) => (line === "" ? [""] : (line.match(new RegExp(`.{1,${wide}}`, "gu")) ?? [])));
      at = screen.length - 1;
      size.columns = wide;
    },
    output: {
      write(text: string) {
        writes += 1;
        put(text);
      },
      get columns() {
        return size.columns;
      },
      get rows() {
        return size.rows;
      },
    },
  };
}

test("lines are replaced where they stand, in one piece, and only when they changed", () => {
  const screen = terminal(10);
  const { update } = liveArea(screen.output);
  update(["a", "b", "c"]);
  update(["a", "b", "c"]);
  expect([screen.lines(), screen.writes()]).toEqual([["a", "b", "c"], 1]);
  update(["longer", "x"]);
  expect([screen.lines(), screen.writes()]).toEqual([["longer", "x"], 2]);
  update([]);
  expect(screen.lines()).toEqual([]);
});

test("kept lines go above and are not replaced", () => {
  const screen = terminal(10);
  const { update, keep } = liveArea(screen.output);
  update(["busy"]);
  keep(["done"]);
  expect(screen.lines()).toEqual(["done", "busy"]);
  update(["other"]);
  expect(screen.lines()).toEqual(["done", "other"]);
});

test("what does not fit is cut: wide lines at their end, many lines at their beginning", () => {
  const screen = terminal(10, 3);
  liveArea(screen.output).update(["1", "2", "a very long line"]);
  expect(screen.lines()).toEqual(["2", "a very lo…"]);
});

test("a terminal that became narrower, and wrapped the lines, leaves nothing of them behind", () => {
  const screen = terminal(20);
  const { update, keep } = liveArea(screen.output);
  keep(["above"]);
  update(["one line of words", "two"]);
  screen.resize(8);
  update(["one line of words", "three"]);
  expect(screen.lines()).toEqual(["above", "one lin…", "three"]);
});

test("no mode of the terminal is left changed after any write, however the program ends", () => {
  const screen = terminal(20);
  const { update, keep } = liveArea(screen.output);
  update(["a"]);
  keep(["b"]);
  update(["c"]);
  expect(screen.modes).toEqual(["2026h", "2026l", "2026h", "2026l", "2026h", "2026l"]);
});
