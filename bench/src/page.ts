import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { benchmarks } from "./benchmarks.ts";
import { type Result, resultFile } from "./result.ts";
import { columnWidths, tableOf } from "./table.ts";

const page = new URL("../../docs/performance.md", import.meta.url);

const head = `# How fast it is

Measured, not promised: \`npm run bench\` measures all of this anew, \`npm run bench <name>\` one of it, and writes this page from
\`bench/results\`. Absolute figures belong to their machine; the ratios travel, because each is taken against a floor in the same run: contenders
work in turn for five rounds, and the median of the rounds' ratios counts. Clients, servers and databases share the machine, and every
write is durable when it is acknowledged.
`;

/** Writes docs/performance.md from the results that there are. */
export function writePage(): void {
  const results = Object.keys(benchmarks)
    .filter((name) => existsSync(resultFile(name)))
    .map(read);
  writeFileSync(page, [head, ...results.map(chapter)].join("\n"));
}

const read = (name: string): Result => JSON.parse(readFileSync(resultFile(name), "utf8")) as Result;

function chapter({ name, about, machine, sections }: Result): string {
  const { node, cores, cpu, memoryGiB } = machine;
  const parts = sections.map((section) => `### ${section.title}\n\n${section.conditions}.\n\n${markdown(tableOf(section))}`);
  const bound = benchmarks[name]?.bound;
  if (bound) parts.push(`What bounds it: ${bound}.\n`);
  return `## ${name}\n\n${about}. Measured on ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node.slice(1)}.\n\n${parts.join("\n")}`;
}

/** A table as the formatter would have it. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows).map((width) => Math.max(3, width));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const padded = rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))));
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const [head = [], ...body] = padded;
  return [line(head), line(rule), ...body.map(line)].join("");
}
