import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { RudeLoad, RudeTally } from "./rude.ts";

// A thread of its own, so that measuring is not held up by loading. Sockets without a client of HTTP on them, so that one thread is enough.
const { port, head, body, sockets, forMs, perSecond } = workerData as RudeLoad;
const request = (id: string): string => {
  const text = body.replaceAll("$ID", id);
  return `${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const tally: RudeTally = { statuses: {}, reasons: {}, refusedMs: [], acceptedMs: [] };
const until = performance.now() + forMs;
const pauseMs = perSecond === undefined ? 0 : (sockets / perSecond) * 1_000;
let made = 0;

const add = (counts: Record<string, number>, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** One after the other on one connection, whatever the answer is. */
function caller(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1").setNoDelay().setEncoding("utf8");
    let heard = "";
    let began = 0;
    const ask = () => {
      if (performance.now() >= until) return socket.end();
      began = performance.now();
      return socket.write(request(String(made++)));
    };
    socket.on("connect", ask);
    socket.on("data", (chunk: string) => {
      heard += chunk;
      const end = heard.indexOf("\r\n\r\n");
      const length = /\r\ncontent-length: (\d+)/i.exec(heard.slice(0, end + 2))?.[1];
      if (end < 0 || (length !== undefined && heard.length < end + 4 + Number(length))) return;
      const status = heard.slice(9, 12);
      add(tally.statuses, status);
      if (status !== "200") add(tally.reasons, /"reason":"(\w+)"/.exec(heard)?.[1] ?? /"code":"(\w+)"/.exec(heard)?.[1] ?? "none");
      (status === "200" ? tally.acceptedMs : tally.refusedMs).push(performance.now() - began);
      heard = "";
      const rest = began + pauseMs - performance.now();
      if (rest > 0) setTimeout(ask, rest);
      else ask();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => add(tally.statuses, error.code ?? "error"));
    socket.on("close", () => resolve());
  });
}

await Promise.all(Array.from({ length: sockets }, caller));
parentPort?.postMessage(tally);
