import { expect, test } from "vitest";
import { painter } from "./color.ts";
import { type Column, tableWriter } from "./table.ts";
import { displayWidth } from "./width.ts";

interface Row {
  readonly name: string;
  readonly status: string;
}

const columns: readonly Column<Row>[] = [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "STATUS", cell: ({ status }) => ({ text: status, tone: "bad" }) },
  { heading: "BY", cell: () => "ada" },
];

test("names with spaces, emoji and wide letters stay in line", () => {
  const lines = tableWriter(columns, painter(false)).rows([
    { name: "stern-heron", status: "failed" },
    { name: "zwei 🦊 füchse", status: "ok" },
    { name: "日本の狐", status: "ok" },
  ]);
  const column = (line: string, text: string) => displayWidth(line.slice(0, line.lastIndexOf(text)));
  expect(lines.map((line) => column(line, line.startsWith("NAME") ? "BY" : "ada"))).toEqual([26, 26, 26, 26]);
});

test("later pages keep the columns of the first and repeat no heading", () => {
  const table = tableWriter(columns, painter(false));
  expect(table.rows([{ name: "a-long-name", status: "failed" }])).toEqual(["NAME          STATUS   BY", "a-long-name   failed   ada"]);
  expect(table.rows([{ name: "b", status: "" }])).toEqual(["b                      ada"]);
});

test("colour is around the text and not around the padding", () => {
  expect(tableWriter(columns, painter(true)).rows([{ name: "b", status: "bad" }])[1]).toBe("b      \u001b[31mbad\u001b[39m      ada");
});
