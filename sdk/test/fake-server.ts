import { createServer as createHttp1, type RequestListener } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

export interface FakeServer {
  readonly url: string;
  readonly port: number;
  /** Cuts every connection, as a crash does, and goes on listening. */
  cut(): void;
  close(): Promise<void>;
}

/** Serves the contract over HTTP/1.1 and HTTP/2 on one port of this machine. */
export async function serveFake(routes: (router: ConnectRouter) => void, port = 0, { http2 = true } = {}): Promise<FakeServer> {
  const handler = connectNodeAdapter({ routes });
  const first = createHttp1(handler as RequestListener);
  const second = createHttp2(handler as Parameters<typeof createHttp2>[1]);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      socket.pause();
      socket.unshift(bytes);
      (http2 && bytes.toString("latin1").startsWith("PRI ") ? second : first).emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
