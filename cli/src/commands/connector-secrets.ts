import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { wholeInput } from "../prompt.ts";
import { collected } from "./list-options.ts";
import { pairsOf } from "./pairs.ts";

/** Where the secrets of a connector are read from: never from the line itself, which others see and shells remember. */
export interface SecretOptions {
  readonly secretEnv?: readonly string[];
  readonly secretFile?: readonly string[];
  readonly secretStdin?: string;
}

export const withSecrets = (command: Command): Command =>
  command
    .option("--secret-env <key=variable>", "a secret setting that a variable of the environment has; again for more", collected)
    .option("--secret-file <key=file>", "a secret setting that a file has; again for more", collected)
    .option("--secret-stdin <key>", "a secret setting that standard input has");

/** The secrets by name. A line break at the end of a file or of standard input is none of the secret. */
export async function secretsOf(
  { terminal }: Context,
  { secretEnv, secretFile, secretStdin }: SecretOptions,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const [key, name] of Object.entries(pairsOf("--secret-env", secretEnv))) {
    const value = terminal.env[name];
    if (!value) throw wrongUsage(`the variable ${name} is not set`, `export ${name}, or use --secret-file or --secret-stdin`);
    secrets[key] = value;
  }
  for (const [key, file] of Object.entries(pairsOf("--secret-file", secretFile))) secrets[key] = trimmed(await readFile(file, "utf8"));
  if (secretStdin !== undefined) {
    const value = trimmed(await wholeInput(terminal.stdin));
    if (value === "") throw wrongUsage("standard input is empty");
    secrets[secretStdin] = value;
  }
  return secrets;
}

const trimmed = (text: string): string => text.replace(/\r?\n$/, "");
