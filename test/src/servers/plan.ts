/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** What a watchdog runs, and what it leaves behind: nothing. It travels as one line of JSON. */
export interface Plan {
  /** A folder of its own: made before the first command, removed after the last. */
  readonly folder?: { readonly path: string; readonly files: Readonly<Record<string, string>> };
  /** Who the commands run as, and who owns the folder, when the watchdog itself is root. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** Commands that must succeed first, one after another. */
  readonly prepare: readonly Command[];
  readonly serve: Command;
  /** How the served program is asked to stop; what is left of its process group after five seconds is killed. */
  readonly signal: NodeJS.Signals;
  /** A last command after the program has ended, such as the removal of a container. */
  readonly cleanUp?: Command;
  /** "inherit" writes to the terminal; "tail" keeps the last lines and shows them only if the program ends by itself. */
  readonly output: "inherit" | "tail";
}

/**
 * What a watchdog can be told while it runs a plan: to stop the program in its way and start it again in its folder, or
 * to let it and all its processes stand still, and go on.
 */
export type Order = "restart" | "pause" | "resume";
