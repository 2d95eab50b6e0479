import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";

/** What a process holds on to. */
export interface Inventory {
  /** What keeps the event loop alive, by kind, such as TCPServerWrap or Timeout. */
  readonly handles: Readonly<Record<string, number>>;
  /** Listeners of the process itself, by event. */
  readonly listeners: Readonly<Record<string, number>>;
  /** The heap after it was swept, in megabytes. */
  readonly heapMb: number;
}

const settlesWithinMs = 4_000;

/** Counts what this process holds on to, once what ends by itself has ended and what nobody holds was collected. */
export async function takeInventory(): Promise<Inventory> {
  let handles = count();
  // A timer that is not needed any more may run out.
  for (const until = performance.now() + settlesWithinMs; performance.now() < until && (handles.Timeout ?? 0) > 0; ) {
    await sleep(100);
    const now = count();
    if ((now.Timeout ?? 0) <= (handles.Timeout ?? 0)) handles = now;
  }
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    await sleep(50);
  }
  const listeners = Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
  return { handles, listeners, heapMb: process.memoryUsage().heapUsed / 1024 ** 2 };
}

function count(): Record<string, number> {
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return handles;
}
