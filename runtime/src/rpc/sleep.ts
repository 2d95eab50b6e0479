import { setTimeout as wait } from "node:timers/promises";

/** Waits, or less where the signal aborts. Never fails. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal ? { signal } : {}).catch(() => {});
}
