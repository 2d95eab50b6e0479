import { get, type IncomingMessage } from "node:http";
import { get as getSecurely } from "node:https";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";

/** Waits until a server says by its probe that it is ready. */
export async function untilReady(url: string, withinMs = 60_000): Promise<void> {
  for (const began = performance.now(); (await readiness(url)) !== 200; await sleep(50)) {
    if (performance.now() - began > withinMs) throw new Error(`${url} is not ready after ${withinMs / 1000} s`);
  }
}

/** What the ready probe answers; undefined where nobody does. Whether the server is trusted is for the tests to try: their certificates are nobody's. */
export function readiness(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const heard = (answer: IncomingMessage) => resolve(answer.resume().statusCode);
    const request = url.startsWith("https:")
      ? getSecurely(`${url}/readyz`, { rejectUnauthorized: false }, heard)
      : get(`${url}/readyz`, heard);
    request.on("error", () => resolve(undefined));
  });
}
