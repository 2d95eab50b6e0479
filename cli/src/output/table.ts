import type { Paint, Tone } from "./color.ts";
import { displayWidth, padEnd, printable } from "./width.ts";

/** A cell: its text, and what it is where that has a colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** A column: its heading, how to fill it, and how wide it is at least. */
export interface Column<T> {
  readonly heading: string;
  readonly cell: (item: T) => Cell;
  /** Columns of the terminal to reserve, so that later pages stay in line. */
  readonly width?: number;
}

/** Writes rows as they come, page by page. */
export interface TableWriter<T> {
  readonly rows: (items: readonly T[]) => string[];
}

const gap = "   ";

/**
 * A table that is written while it is read. The first page settles the widths,
 * so that nothing waits for the last row; a longer cell later only pushes its own line.
 */
export function tableWriter<T>(columns: readonly Column<T>[], paint: Paint): TableWriter<T> {
  let widths: readonly number[] | undefined;
  return {
    rows(items) {
      const cells = items.map((item) => columns.map(({ cell }) => shown(cell(item))));
      const lines: string[] = [];
      if (!widths) {
        widths = columns.map(({ heading, width = 0 }, index) =>
          Math.max(width, displayWidth(heading), ...cells.map((row) => displayWidth(row[index]?.text ?? ""))),
        );
        lines.push(
          paint(
            "faint",
            line(
              columns.map(({ heading }) => ({ text: heading, tone: "plain" })),
              widths,
              (_, text) => text,
            ),
          ),
        );
      }
      const settled = widths;
      return lines.concat(cells.map((row) => line(row, settled, paint)));
    },
  };
}

function shown(cell: Cell): { readonly text: string; readonly tone: Tone } {
  return typeof cell === "string" ? { text: printable(cell), tone: "plain" } : { text: printable(cell.text), tone: cell.tone };
}

function line(cells: readonly { readonly text: string; readonly tone: Tone }[], widths: readonly number[], paint: Paint): string {
  const last = cells.findLastIndex(({ text }) => text !== "");
  return cells
    .slice(0, last + 1)
    .map(
      ({ text, tone }, index) =>
        paint(tone, text) + (index === last ? "" : " ".repeat(padEnd(text, widths[index] ?? 0).length - text.length)),
    )
    .join(gap);
}
