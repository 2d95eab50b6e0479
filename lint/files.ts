import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root, runTool } from "./command.ts";
import type { Finding } from "./contract.ts";

const maxLines = 300;
const code = /\.(ts|tsx|mjs|js|css|html|sh|grit)$/;
/** Written by tools, or by others. */
const notOurs = /^(gen\/src|proto-vendor)\/|(^|\/)golden\//;
/** Names that say nothing, and therefore collect everything. */
const drawers = new Set(
  "util utils utility utilities helper helpers common misc shared lib types interfaces manager managers impl base".split(" "),
);

/** The files of the repository, new ones included. */
async function files(): Promise<string[]> {
  const { code: exitCode, text } = await runTool("git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z");
  if (exitCode !== 0) throw new Error(text);
  return text.split("\0").filter((file) => file !== "" && !notOurs.test(file));
}

/** Lines as an editor counts them; a file that has just been removed has none. */
function lineCount(file: string): number {
  try {
    return readFileSync(join(root, file), "utf8").trimEnd().split("\n").length;
  } catch {
    return 0;
  }
}

export async function shortFiles(): Promise<Finding> {
  const long = (await files())
    .filter((file) => code.test(file))
    .map((file) => ({ file, lines: lineCount(file) }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ file, lines }) => `${file} has ${lines} lines; ${maxLines} is the limit: which two things live in it?`);
  return long.length > 0 ? { failure: long.join("\n") } : {};
}

/** Whether a part of a path is a drawer: "utils.ts", "utils.test.ts" or the folder "utils". */
export function drawerIn(file: string): string | undefined {
  return [...dirname(file).split("/"), basename(file).split(".")[0] ?? ""].find((part) => drawers.has(part.toLowerCase()));
}

export async function tellingNames(): Promise<Finding> {
  const named = (await files()).filter(drawerIn).map((file) => `${file}: "${drawerIn(file)}" does not say what is in it`);
  return named.length > 0 ? { failure: named.join("\n") } : {};
}
