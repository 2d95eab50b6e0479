import type { Program } from "./program.ts";

/** What a program has to be started with so that it can be asked what it holds. */
export const inspected = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/**
 * The resident memory of a program in megabytes once its garbage is collected. Without that a process
 * grows until V8 thinks it worth a collection, which at half load may be half an hour.
 */
export async function openHeldMemory({ said }: Program): Promise<{ readonly mb: () => Promise<number>; readonly close: () => void }> {
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
    async mb() {
      // Twice, because what the first finds at its end is collected by the second.
      for (let round = 0; round < 2; round++) await ask("HeapProfiler.collectGarbage");
      const expression = "process.memoryUsage.rss()";
      const { result } = await ask<{ readonly result: { readonly value: number } }>("Runtime.evaluate", { expression });
      return result.value / 1024 / 1024;
    },
    close: () => socket.close(),
  };
}
