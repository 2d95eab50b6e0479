import type { Log } from "@signalbox/runtime/host/log.ts";
import type { Duty } from "@signalbox/runtime/host/part.ts";

/** Something that serves until it is told to stop. */
export interface Running {
  readonly url: string;
  /** Lets calls under way end, flushes what is buffered, closes what was opened. */
  stop(): Promise<void>;
}

/** Starts duties; what is returned ends them and waits until they have settled. */
export function startDuties(duties: readonly Duty[], log: Log): () => Promise<void> {
  const stopping = new AbortController();
  const running = duties.map((duty) =>
    duty(stopping.signal).catch((error: unknown) => log.error({ err: error }, "a duty ended by an error; restart the program")),
  );
  return async () => {
    stopping.abort();
    await Promise.all(running);
  };
}

/** Stops on the signals by which programs are told to; a second one ends the process at once. */
export function stopOnSignals(running: Running, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}
