import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { ExitCode } from "./exit-code.ts";
import { CommandError, wrongUsage } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Whether there is somebody to ask. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true;

/** Asks for a line. Fails as wrong usage, naming `instead`, where nobody is there to answer. */
export function ask(terminal: Terminal, question: string, instead: string): Promise<string> {
  return answer(terminal, question, instead, true);
}

/** Asks for a line that is not shown while it is typed. */
export function askSecret(terminal: Terminal, question: string, instead: string): Promise<string> {
  return answer(terminal, question, instead, false);
}

async function answer(terminal: Terminal, question: string, instead: string, shown: boolean): Promise<string> {
  if (!canAsk(terminal)) throw wrongUsage(`nobody is there to be asked for the ${question}`, instead);
  // Readline echoes to its output; a secret gets one that drops everything.
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (shown) terminal.stderr.write(String(chunk));
      done();
    },
  });
  if (!shown) terminal.stderr.write(`${question}: `);
  const lines = createInterface({ input: terminal.stdin, output, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("close", () => reject(givenUp()));
      lines.once("SIGINT", () => reject(givenUp()));
      lines.question(shown ? `${question}: ` : "").then(resolve, reject);
    });
  } finally {
    if (!shown) terminal.stderr.write("\n");
    lines.close();
  }
}

const givenUp = (): CommandError => new CommandError({ exitCode: ExitCode.FAILED, reason: "CANCELLED", message: "given up" });

/** The first line of standard input, as `--password-stdin` and the like promise. */
export async function firstLine({ stdin }: Terminal): Promise<string> {
  const [line = ""] = (await wholeInput(stdin)).split(/\r?\n/, 1);
  if (line === "") throw wrongUsage("standard input is empty");
  return line;
}

/** All of standard input, as text. */
export async function wholeInput(stdin: Terminal["stdin"]): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stdin) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}
