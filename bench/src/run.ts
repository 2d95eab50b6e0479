import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Benchmark } from "./benchmark.ts";
import { authorize } from "./benchmarks/authorize.ts";
import { edge } from "./benchmarks/edge.ts";
import { type Measured, measure } from "./rounds.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = { authorize, edge };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}; there is ${Object.keys(benchmarks).join(", ")}.\n`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(benchmarks)) await run(name, benchmarks[name] as Benchmark);
process.exit(0);

async function run(name: string, { about, unit, prepare }: Benchmark): Promise<void> {
  process.stdout.write(`\n${name}: ${about}\n`);
  const { contenders, close } = await prepare();
  try {
    const results = await measure(contenders);
    print(unit, results);
    const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model, memoryGiB: Math.round(totalmem() / 2 ** 30) };
    writeFileSync(
      new URL(`../results/${name}.json`, import.meta.url),
      `${JSON.stringify({ name, about, unit, machine, results }, undefined, 2)}\n`,
    );
  } finally {
    await close();
  }
}

function print(unit: string, results: readonly Measured[]): void {
  const rows = results.map(({ name, perSecond, p50Ms, p99Ms, ratio }) => [
    name,
    perSecond.toFixed(0),
    p50Ms.toFixed(3),
    p99Ms.toFixed(3),
    ratio.toFixed(3),
  ]);
  const table = [["", `${unit}/s`, "p50 ms", "p99 ms", "of the floor"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    process.stdout.write(
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}\n`,
    );
  }
}
