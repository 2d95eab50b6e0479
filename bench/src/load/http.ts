import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Load } from "./load.ts";

export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** POST over HTTP/1.1, one call at a time on each of the connections. */
export async function httpLoad({ url, headers, body }: HttpCall, connections: number): Promise<Load> {
  const { hostname, port, host, pathname } = new URL(url);
  const lines = Object.entries({ host, ...headers, "content-length": String(Buffer.byteLength(body)) }).map((header) => header.join(": "));
  const request = Buffer.from([`POST ${pathname} HTTP/1.1`, ...lines, "", body].join("\r\n"));
  const open = Array.from({ length: connections }, async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return { socket, call: caller(socket, request) };
  });
  const all = await Promise.all(open);
  return {
    call: (worker) => (all[worker % connections] as (typeof all)[number]).call(),
    close: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}

function caller(socket: Socket, request: Buffer): () => Promise<void> {
  let came = "";
  let settle = { resolve: () => {}, reject: (_: Error) => {} };
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    came += text;
    const head = came.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/content-length: *(\d+)/i.exec(came)?.[1]);
    if (came.length < head + 4 + length) return;
    const answer = came;
    came = "";
    if (answer.startsWith("HTTP/1.1 200 ")) settle.resolve();
    else settle.reject(new Error(`the call was refused: ${answer}`));
  });
  socket.on("close", () => settle.reject(new Error("the connection was closed")));
  return () =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
      socket.write(request);
    });
}
