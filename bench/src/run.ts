import { writeFileSync } from "node:fs";
import type { Benchmark } from "./benchmark.ts";
import { benchmarks } from "./benchmarks.ts";
import { writePage } from "./page.ts";
import { machine, type Result, resultFile } from "./result.ts";
import { openStage } from "./stage.ts";
import { aligned, tableOf } from "./table.ts";

/** `npm run bench [name…]`: measures, prints, keeps the results, and brings docs/performance.md up to date. */
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}; there is ${Object.keys(benchmarks).join(", ")}.\n`);
  process.exit(2);
}
const stage = openStage((line) => process.stdout.write(`${line}\n`));
// What was started ends with this program, also where that is told to end.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stage.close().finally(() => process.exit(1)));
try {
  for (const name of asked.length > 0 ? asked : Object.keys(benchmarks)) await run(name, benchmarks[name] as Benchmark);
} finally {
  await stage.close();
}
writePage();
process.exit(0);

async function run(name: string, { about, measure }: Benchmark): Promise<void> {
  process.stdout.write(`\n${name}: ${about}\n`);
  try {
    const sections = await measure(stage);
    for (const section of sections) {
      process.stdout.write(`\n  ${section.title} (${section.conditions})\n${aligned(tableOf(section))}`);
    }
    const result: Result = { name, about, machine: machine(), sections };
    writeFileSync(resultFile(name), `${JSON.stringify(result, undefined, 2)}\n`);
  } finally {
    await stage.clear();
  }
}
