import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** How a command ended, and everything it wrote. */
export interface Outcome {
  readonly code: number;
  readonly text: string;
}

/** Runs one of the repository's tools in its root. A tool that cannot be started ends with code 127. */
export function runTool(program: string, ...args: string[]): Promise<Outcome> {
  const { FORCE_COLOR: _, ...rest } = process.env;
  const PATH = [join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter);
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: { ...rest, NO_COLOR: "1", PATH }, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    const read = (chunk: string) => {
      text += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.on("error", (error) => resolve({ code: 127, text: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, text }));
  });
}
