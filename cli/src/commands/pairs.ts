import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { wrongUsage } from "../failure.ts";
import { collected } from "./list-options.ts";

/** What is set, and what is taken away. */
export interface PairOptions {
  readonly label?: readonly string[];
  readonly removeLabel?: readonly string[];
  readonly env?: readonly string[];
  readonly removeEnv?: readonly string[];
}

/** The options that give something labels and variables. */
export const withPairs = (command: Command): Command =>
  command
    .option("--label <key=value>", "a label; again for more", collected)
    .option("--env <key=value>", "a variable for the steps that run on it; again for more", collected);

/** Those of them that also take some away. */
export const withPairChanges = (command: Command): Command =>
  withPairs(command)
    .option("--remove-label <key>", "takes a label off; again for more", collected)
    .option("--remove-env <key>", "takes a variable away; again for more", collected);

/** "key=value", as often as it was given. */
export function pairsOf(option: string, given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw wrongUsage(`"${pair}" has no value`, `${option} key=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

type Pairs = Readonly<Record<string, string>>;

/** Labels and variables as they are to be, where the options say something of them. */
export function changedPairs(
  { labels, environment }: { readonly labels: Pairs; readonly environment: Pairs },
  { label, removeLabel, env, removeEnv }: PairOptions,
): { labels?: Record<string, string>; environment?: Record<string, string> } {
  return {
    ...((label || removeLabel) && { labels: without({ ...labels, ...pairsOf("--label", label) }, removeLabel) }),
    ...((env || removeEnv) && { environment: without({ ...environment, ...pairsOf("--env", env) }, removeEnv) }),
  };
}

const without = <V>(all: Readonly<Record<string, V>>, keys: readonly string[] = []): Record<string, V> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));

export interface ConfigurationOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
}

/** A configuration as JSON: what the file says, or else what there was, and then single values. Nothing where nothing is said. */
export async function configurationOf({ config, set = [], unset = [] }: ConfigurationOptions, before = "{}"): Promise<string | undefined> {
  const text = config === undefined ? before : await readFile(config, "utf8");
  // Byte for byte, where nothing else is asked for.
  if (set.length + unset.length === 0) return config === undefined ? undefined : text;
  const given = parsed(text);
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw wrongUsage("the configuration is no JSON object, so nothing can be set in it");
  const values = Object.entries(pairsOf("--set", set)).map(([key, value]): [string, unknown] => [key, jsonOrText(value)]);
  return JSON.stringify(without({ ...given, ...Object.fromEntries(values) }, unset), null, 2);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongUsage("the configuration is not JSON");
  }
}

/** JSON where it is that, and text otherwise. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
