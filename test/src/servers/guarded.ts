import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Plan } from "./plan.ts";

/** A program that ends when this process ends, in whatever way it ends. */
export interface Guarded {
  /** Settles when the program has ended and its folder is gone: the exit code, and the program's last words if it ended by itself. */
  readonly ended: Promise<{ code: number; words: string }>;
  /** Tells the watchdog to do something with the program. */
  order(order: Order): void;
  /** Asks the program to stop, and waits until it has. */
  stop(): Promise<void>;
}

const watchdog = fileURLToPath(new URL("watchdog.ts", import.meta.url));

/** Carries out a plan under a watchdog, which stops it when this process stops it, ends, or is killed. */
export function guard(plan: Plan, environment: NodeJS.ProcessEnv = process.env): Guarded {
  const inherit = plan.output === "inherit";
  // Detached: a Ctrl-C in the terminal reaches this process only, which then decides the order in which things end.
  const dog = spawn(process.execPath, [watchdog], {
    detached: true,
    env: environment,
    stdio: ["pipe", inherit ? "inherit" : "ignore", inherit ? "inherit" : "pipe"],
  });
  let words = "";
  dog.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words += text;
  });
  const ended = new Promise<{ code: number; words: string }>((resolve) => {
    dog.on("error", (error) => resolve({ code: 127, words: error.message }));
    dog.on("close", (code) => resolve({ code: code ?? 1, words }));
  });
  // The pipe breaks when the watchdog ends first; `ended` tells that.
  dog.stdin?.on("error", () => {});
  dog.stdin?.write(`${JSON.stringify(plan)}\n`);
  return {
    ended,
    order: (order) => void dog.stdin?.write(`${order}\n`),
    async stop() {
      dog.stdin?.end();
      await ended;
    },
  };
}
