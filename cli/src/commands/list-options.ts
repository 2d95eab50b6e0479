import type { Command } from "commander";
import { parseCount } from "../arguments.ts";
import type { ListOptions } from "../pages.ts";

/** Adds the options that every list takes. */
export function withListOptions(command: Command): Command {
  return command
    .option("--filter <filter>", `which ones, such as 'name = "x" AND create_time > "-7d"'`)
    .option("--order <fields>", 'sorted by what, such as "create_time desc"')
    .option("--limit <count>", "how many at most", parseCount);
}

/** An option that may be given again and again. */
export const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A list that can be narrowed by tags. */
export interface TaggedListOptions extends ListOptions {
  readonly tag?: readonly string[];
}

/** The options of lists whose items have tags. */
export const withTaggedListOptions = (command: Command): Command =>
  withListOptions(command).option("--tag <tag>", "those that have this tag; again for those that have all", collected);

/** The filter that the options of such a list stand for. */
export function filterOf({ filter, tag = [] }: TaggedListOptions): string {
  const tagged = tag.map((name) => `tags:"${name.replaceAll(/[\\"*]/g, "\\$&")}"`);
  if (!filter || tagged.length === 0) return filter ?? tagged.join(" AND ");
  return [`(${filter})`, ...tagged].join(" AND ");
}

/** Examples below a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ npx signalbox ${line}`).join("\n")}`;
}
