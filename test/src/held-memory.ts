import type { Program } from "./program.ts";

/** What a program has to be started with so that it can be asked what it holds. */
export const inspected = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/** Memory of a program in megabytes: what it has of the machine, and what of that its own objects take. */
export interface Held {
  readonly mb: number;
  readonly heapMb: number;
}

const megabyte = 1024 * 1024;

/**
 * The memory of a program once its garbage is collected. Without that a process
 * grows until V8 thinks it worth a collection, which at half load may be half an hour.
 */
export async function openHeldMemory({ said }: Program): Promise<{ readonly look: () => Promise<Held>; readonly close: () => void }> {
  const socket = new WebSocket(await said(/Debugger listening on (ws:\S+)/));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  let count = 0;
  const ask = <R>(method: string, params = {}) =>
    new Promise<R>((resolve) => {
      waiting.set(++count, resolve as (result: unknown) => void);
      socket.send(JSON.stringify({ id: count, method, params }));
    });
  return {
    async look() {
      // Twice, because what the first finds at its end is collected by the second.
      for (let round = 0; round < 2; round++) await ask("HeapProfiler.collectGarbage");
      const asked = { expression: "process.memoryUsage()", returnByValue: true };
      const { result } = await ask<{ readonly result: { readonly value: NodeJS.MemoryUsage } }>("Runtime.evaluate", asked);
      return { mb: result.value.rss / megabyte, heapMb: result.value.heapUsed / megabyte };
    },
    close: () => socket.close(),
  };
}
