import { connect, type Socket } from "node:net";
import type { Load } from "./load.ts";

export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** POST over HTTP/1.1, one call at a time on each connection. A worker's is opened by its first call: servers end those that say nothing. */
export function httpLoad({ url, headers, body }: HttpCall): Load {
  const { hostname, port, host, pathname } = new URL(url);
  const lines = Object.entries({ host, ...headers, "content-length": String(Buffer.byteLength(body)) }).map((header) => header.join(": "));
  const request = Buffer.from([`POST ${pathname} HTTP/1.1`, ...lines, "", body].join("\r\n"));
  const sockets: Socket[] = [];
  const calls: (() => Promise<void>)[] = [];
  return {
    call(worker) {
      let call = calls[worker];
      if (!call) {
        const socket = connect({ host: hostname, port: Number(port), noDelay: true });
        sockets[worker] = socket;
        call = caller(socket, request);
        calls[worker] = call;
      }
      return call();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
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
  const closed = () => new Error("the connection was closed");
  socket.on("error", (error) => settle.reject(error));
  socket.on("close", () => settle.reject(closed()));
  return () =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
      if (socket.destroyed) reject(closed());
      else socket.write(request);
    });
}
