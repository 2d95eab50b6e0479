import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program of this repository in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  /** What it wrote so far, to standard output and to standard error. */
  readonly out: () => string;
  readonly err: () => string;
  /** Waits for a text in what it writes, and gives its first group. Fails where the program ends before, or after 30 seconds. */
  said(pattern: RegExp): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts a program by its path in the repository, with this environment and nothing else. */
export function runProgram(
  file: string,
  environment: Readonly<Record<string, string>>,
  { args = [], node = process.execPath }: { readonly args?: readonly string[]; readonly node?: string } = {},
): Program {
  const child = spawn(node, [file, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", NODE_COMPILE_CACHE: `${root}node_modules/.cache/node`, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    async said(pattern) {
      for (let round = 0; round < 1_500; round++) {
        const found = pattern.exec(out) ?? pattern.exec(err);
        if (found) return found[1] ?? found[0];
        if (child.exitCode !== null || child.signalCode !== null) break;
        await sleep(20);
      }
      throw new Error(`the program did not say ${pattern}:\n${out}\n${err}`);
    },
  };
}
