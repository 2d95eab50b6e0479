import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds on to. */
export interface Inventory {
  /** What keeps the event loop alive, by kind, such as TCPServerWrap or Timeout. */
  readonly handles: Readonly<Record<string, number>>;
  /** Listeners of the process itself. */
  readonly listeners: number;
  /** The heap after it was swept, in megabytes. */
  readonly heapMb: number;
}

/** Counts what this process holds on to, after what nobody holds was collected. */
export async function takeInventory(): Promise<Inventory> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round++) {
    // What was closed tells so in later turns of the loop.
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
  }
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { handles, listeners, heapMb: process.memoryUsage().heapUsed / 1024 ** 2 };
}
