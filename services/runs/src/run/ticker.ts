import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { waiter } from "@signalbox/runtime/store/waiter.ts";

export interface TickerOptions {
  readonly subscribe: (wake: () => void) => () => void;
  /** Looks at what may have changed. When it fails, all who wait fail alike; the next ones may have more luck. */
  readonly look: () => Promise<void>;
}

/** One who looks after wake-ups, for all who watch the same thing. */
export interface Ticker {
  /** Resolves after the next change, or the next sign of life. */
  next(): Promise<void>;
  /** Tells all who wait that there is something new. */
  turn(): void;
  close(): void;
}

/** How long it rests between two looks: what changes meanwhile is looked at once. The promise is 100 ms. */
const gatherMs = 50;
/** How often it looks when nothing wakes it: a wake-up may be lost with the connection that brings it. */
const idleMs = 2_000;
/** How often those who wait are told that nothing changed, so that they can say that they live. */
const signOfLifeMs = 10_000;

export function ticker({ subscribe, look }: TickerOptions): Ticker {
  const closing = new AbortController();
  const { signal } = closing;
  const written = waiter(subscribe);
  let next = fresh();
  let turned = performance.now();

  function turn(): void {
    const { resolve } = next;
    next = fresh();
    turned = performance.now();
    resolve();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await written.wait(idleMs * (0.9 + 0.2 * Math.random()), signal);
      if (signal.aborted) break;
      try {
        await look();
        if (performance.now() - turned >= signOfLifeMs) turn();
      } catch (error) {
        const { reject } = next;
        next = fresh();
        reject(error);
      }
      await sleep(gatherMs, signal);
    }
    written.close();
  }
  void run();

  return {
    next: () => next.promise,
    turn,
    close() {
      closing.abort();
      // Whoever still waits is on the way out, and has to get there.
      turn();
    },
  };
}

function fresh(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  // Nobody may be waiting when it fails.
  made.promise.catch(() => {});
  return made;
}
