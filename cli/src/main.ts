import { Command, CommanderError } from "commander";
import type { Act } from "./act.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { ExitCode } from "./exit-code.ts";
import { fromParser, toFailure } from "./failure.ts";
import { painter, wantsColor } from "./output/color.ts";
import { addCommands } from "./program.ts";
import { reportFailure } from "./report-failure.ts";
import { type Connection, checkProfile, openSession, type Session, settleSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the command line with these arguments, and gives the exit code: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 not found or not allowed, 5 conflict, 6 unavailable. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const connections: Connection[] = [];
  const program = new Command("signalbox");
  const { stderr, env } = terminal;
  const act: Act =
    (work) =>
    async (ran, ...values) => {
      const operands = [ran, ...values];
      const command = operands.pop() as Command;
      operands.pop();
      const context = await contextOf(command.optsWithGlobals(), terminal, connections);
      await work(context, command.optsWithGlobals() as never, ...(operands.flat() as string[]));
    };
  addCommands(program, act, terminal);
  try {
    await program.parseAsync([...args], { from: "user" });
    return ExitCode.DONE;
  } catch (error) {
    // Help and the version end the parser, too; it has printed them.
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.DONE;
    if (error instanceof CommanderError && error.code === "commander.help") return ExitCode.USAGE;
    const failure = error instanceof CommanderError ? fromParser(error, helpFor(program, args)) : toFailure(error);
    const { json = false, color } = program.opts<GlobalOptions>();
    reportFailure(failure, stderr, painter(wantsColor(env, stderr.isTTY === true, { color })), json || args.includes("--json"));
    return failure.exitCode;
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** What prints the help of the command that the words name, as far as they do. */
function helpFor(program: Command, words: readonly string[]): string {
  let command = program;
  const path = [program.name()];
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (!next) continue;
    command = next;
    path.push(word);
  }
  return `npx ${path.join(" ")} --help`;
}

async function contextOf(options: GlobalOptions, terminal: Terminal, connections: Connection[]): Promise<Context> {
  const { stdout, stderr, env } = terminal;
  const session = await settleSession(options, env);
  const colored = wantsColor(env, stdout.isTTY === true, options);
  const open = (wanted: Session, how?: { readonly anonymous?: boolean }) => {
    const connection = openSession(wanted, how);
    connections.push(connection);
    return connection;
  };
  let shared: Connection | undefined;
  return {
    terminal,
    options,
    colored,
    paint: painter(colored),
    now: Date.now,
    session,
    open,
    connect() {
      if (!shared) {
        checkProfile(session, options);
        shared = open(session);
      }
      return shared;
    },
    print: (...lines) => {
      if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
    },
    note: (line) => void stderr.write(`${line}\n`),
  };
}
