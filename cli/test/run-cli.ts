import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { main } from "../src/main.ts";

/** What a run of the program left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Whether standard output is a terminal. */
  readonly tty?: boolean;
  readonly onOut?: (text: string) => void;
}

/** Runs the program in this process with streams of its own. */
export async function runCli(args: readonly string[], { env = {}, stdin = "", tty = false, onOut }: RunOptions = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const input = new PassThrough();
  input.end(stdin);
  const code = await main(args, {
    stdin: input,
    stdout: {
      write(text) {
        out.push(text);
        onOut?.(text);
      },
      isTTY: tty,
      columns: 100,
      rows: 30,
    },
    stderr: { write: (text) => err.push(text) },
    env,
  });
  return { code, out: out.join(""), err: err.join("") };
}

/** An empty folder for profiles, as the environment names it. */
export const emptyHome = async (): Promise<{ XDG_CONFIG_HOME: string }> => ({
  XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), "signalbox-cli-")),
});
