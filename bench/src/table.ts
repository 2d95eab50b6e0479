import { type Figure, type RaceLine, reached, type Section } from "./benchmark.ts";

/** A section as rows of text, the first of them the heads of the columns; the first column is words, the others are numbers. */
export function tableOf(section: Section): readonly (readonly string[])[] {
  if (section.kind === "race") {
    return [
      ["", `${section.unit}s/s`, "p50 ms", "p99 ms", "of the floor", "reach", ""],
      ...section.lines.map((line) => [
        line.name,
        rounded(line.perSecond),
        rounded(line.p50Ms),
        rounded(line.p99Ms),
        line.ratio.toFixed(3),
        line.reach === undefined ? "" : `≥ ${line.reach}`,
        mark(line),
      ]),
    ];
  }
  return [
    ["", "", "", "reach", ""],
    ...section.lines.map((line) => [line.name, rounded(line.value), line.unit, reachOf(line), mark(line)]),
  ];
}

export const columnWidths = (rows: readonly (readonly string[])[]): readonly number[] =>
  rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];

/** For the eye: columns of equal width. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows);
  return rows
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join("");
}

const mark = (line: RaceLine | Figure): string => ({ true: "✓", false: "missed", undefined: "" })[String(reached(line))] ?? "";

const reachOf = ({ reach }: Figure): string => (reach === undefined ? "" : "atLeast" in reach ? `≥ ${reach.atLeast}` : `≤ ${reach.atMost}`);

/** Three figures that tell something, and no more. */
function rounded(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
