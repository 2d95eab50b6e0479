import type { Command } from "commander";
import { parseCount } from "../arguments.ts";

/** Adds the options that every list takes. */
export function withListOptions(command: Command): Command {
  return command
    .option("--filter <filter>", `which ones, such as 'name = "x" AND create_time > "-7d"'`)
    .option("--order <fields>", 'sorted by what, such as "create_time desc"')
    .option("--limit <count>", "how many at most", parseCount);
}

/** Examples below a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ npx signalbox ${line}`).join("\n")}`;
}
