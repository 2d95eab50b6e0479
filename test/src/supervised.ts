import { existsSync, readFileSync } from "node:fs";
import type { Program } from "./program.ts";

/** A program that is started again after it has ended, as a supervisor does. */
export interface Supervised {
  /** The process that runs now, or ended last. */
  readonly present: Program;
  /** What all of them wrote, to standard output and to standard error. */
  output(): string;
  /** Sends a signal and waits until the program has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it once more, and waits until it is ready. */
  start(): Promise<void>;
  /** Asks it to stop where it still runs, and kills it when it has not after 15 seconds. */
  stop(): Promise<void>;
}

const patienceMs = 15_000;

/** What a program says when it serves, unless its log is less than that. */
export const saysReady = ({ said }: Program): Promise<unknown> => said(/"msg":"ready"/);

/** Starts a program and keeps what is needed to start it again. */
export function supervise(run: () => Program, ready: (program: Program) => Promise<unknown> = saysReady): Supervised {
  let present = run();
  const ended: Program[] = [];
  return {
    get present() {
      return present;
    },
    output: () => [...ended, present].map(({ out, err }) => out() + err()).join(""),
    async end(signal) {
      present.child.kill(signal);
      await present.ended;
    },
    async start() {
      ended.push(present);
      present = run();
      await ready(present);
    },
    async stop() {
      const { child } = present;
      child.kill("SIGTERM");
      // Where it is paused it hears the signal now.
      child.kill("SIGCONT");
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await present.ended;
      clearTimeout(timer);
    },
  };
}

/**
 * How long a program was ready to go on and found no free processor, in milliseconds, by what Linux tells of it: a promise in
 * seconds is the program's, and not that of a machine which does other things meanwhile.
 */
export function waitedForProcessor({ child: { pid } }: Program): number {
  const path = `/proc/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, "utf8").split(" ")[1]) / 1e6 : 0;
}
