import type { Context } from "./context.ts";

/**
 * Turns the work of a command into what the parser calls: the work gets a
 * context, the command's options and its arguments, and says nothing about
 * failures or exit codes.
 */
export type Act = <O = object>(
  work: (context: Context, options: O, ...args: (string | undefined)[]) => Promise<void>,
) => (...args: unknown[]) => Promise<void>;
