import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createHttp2Server, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from "node:net";
import type { AnyRequest } from "./address.ts";
import { sessions as openSessions, type Sessions } from "./sessions.ts";
import type { AnyResponse } from "./unary.ts";

export interface Listen {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** PEM texts; without them the port speaks clear text. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

export interface Listening {
  readonly url: string;
  /** Takes no more calls, lets those under way end within the time, then cuts off what is left. */
  close(withinMs: number): Promise<void>;
}

export type Serve = (request: AnyRequest, response: AnyResponse) => void;

const maxHeaderBytes = 32 * 1024;
// Every HTTP/2 connection begins with these bytes, and no HTTP/1.1 request does.
const preface = Buffer.from("PRI * HTTP/2.0");
const firstBytesWithinMs = 10_000;
// How long a request may have been on its way when the server closes.
const onTheWayMs = 100;
/** So many connections at once; one more is closed as it comes. */
const mostConnections = 10_000;

const http1Options = {
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: 15_000,
  // The whole of a request: what dribbles is cut off.
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 75_000,
  noDelay: true,
};
const http2Options = {
  maxHeaderListPairs: 128,
  maxSessionMemory: 32,
  maxSessionInvalidFrames: 100,
  streamResetBurst: 500,
  streamResetRate: 50,
  settings: { maxConcurrentStreams: 1_000, maxHeaderListSize: maxHeaderBytes },
};

/** HTTP/1.1 and HTTP/2 on one port: told apart by the first bytes in clear text, by ALPN with TLS. */
export async function listen(serve: Serve, { host, port, tls }: Listen): Promise<Listening> {
  const sessions = openSessions();
  const sockets = new Set<Socket>();
  const answering = new Set<AnyResponse>();
  let closing = false;
  const serveUntilClosed: Serve = (request, response) => {
    if (request.httpVersionMajor === 1) {
      if (closing) response.setHeader("connection", "close");
      answering.add(response);
      response.on("close", () => answering.delete(response));
    }
    serve(request, response);
  };
  const { server, dropIdle } = tls ? secure(serveUntilClosed, tls, sessions) : clear(serveUntilClosed, sessions);
  server.maxConnections = mostConnections;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls ? "https" : "http"}://${name}:${bound}`,
    close: (withinMs) => {
      closing = true;
      // No next request follows on a connection whose answer says so.
      for (const response of answering) if (!response.headersSent) response.setHeader("connection", "close");
      return close(server, dropIdle, sessions, sockets, withinMs);
    },
  };
}

interface Bound {
  readonly server: Server;
  /** Closes the connections of HTTP/1.1 that wait for a next request. */
  readonly dropIdle: () => void;
}

function secure(serve: Serve, { key, cert }: NonNullable<Listen["tls"]>, sessions: Sessions): Bound {
  const server = createSecureServer(
    { ...http1Options, ...http2Options, allowHTTP1: true, handshakeTimeout: firstBytesWithinMs, minVersion: "TLSv1.2", key, cert },
    serve as never,
  );
  server.on("session", sessions.keep);
  return { server: server as unknown as Server, dropIdle: () => (server as unknown as HttpServer).closeIdleConnections() };
}

function clear(serve: Serve, sessions: Sessions): Bound {
  const http1 = createHttpServer(http1Options, serve as RequestListener);
  // It never listens itself, and without this it would neither keep its time limits nor know its idle connections.
  http1.emit("listening");
  const http2 = createHttp2Server(http2Options, serve as (request: Http2ServerRequest, response: Http2ServerResponse) => void);
  http2.on("session", sessions.keep);
  const server = createNetServer({ noDelay: true }, (socket) => {
    const timer = setTimeout(() => socket.destroy(), firstBytesWithinMs);
    socket.on("error", () => socket.destroy());
    let seen = Buffer.alloc(0);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const begins = preface.subarray(0, seen.length).equals(seen.subarray(0, preface.length));
      if (begins && seen.length < preface.length) return;
      clearTimeout(timer);
      socket.off("readable", look);
      socket.unshift(seen);
      (begins ? http2 : http1).emit("connection", socket);
      // The parser of HTTP/1.1 waits for the next event although bytes are there.
      if (!begins) socket.resume();
    };
    socket.on("readable", look);
    socket.once("close", () => clearTimeout(timer));
  });
  server.on("close", () => {
    http1.close();
    http2.close();
  });
  return { server, dropIdle: () => http1.closeIdleConnections() };
}

async function close(server: Server, dropIdle: () => void, sessions: Sessions, sockets: Set<Socket>, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  const began = Date.now();
  while (sockets.size > 0 && Date.now() - began < withinMs) {
    // A request that is on its way over such a connection still gets its answer.
    if (Date.now() - began > onTheWayMs) dropIdle();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const socket of sockets) socket.destroy();
  await closed;
}
