import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import type { Address } from "./target.ts";

/** One connection of HTTP/2 to a replica of a service. */
export interface Connection {
  /** Whether it takes one more call. */
  readonly hasRoom: boolean;
  /** Whether nothing is under way. */
  readonly isIdle: boolean;
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream;
  /** Takes no more calls, and ends when those under way have. */
  retire(): void;
  destroy(): void;
}

export interface ConnectionNeeds {
  readonly address: Address;
  /** The name that the certificate must be for. */
  readonly name: string;
  readonly tls: SecureContext | undefined;
  /** Hears once that the other side speaks HTTP/2. */
  readonly ready: () => void;
  /** Hears that it has room again after it had none. */
  readonly freed: () => void;
  /** Hears once that it takes no more calls, and why where that is known. */
  readonly ended: (cause: Error | undefined) => void;
}

const connectWithinMs = 5_000;
/** While calls are under way it is asked this often whether the other side is still there. */
const askMs = 20_000;
const pongWithinMs = 5_000;
// So much may be on its way at once, for all calls together. For one it is what HTTP/2 begins with, 64 KiB: as much is held for a slow reader.
const windowBytes = 1024 * 1024;

export function openConnection({ address, name, tls, ready, freed, ended }: ConnectionNeeds): Connection {
  let under = 0;
  let most = 0;
  let cause: Error | undefined;
  const session = connect(`${tls ? "https" : "http"}://${isIP(name) === 6 ? `[${name}]` : name}`, {
    createConnection: () => socketTo(address, name, tls),
    settings: { enablePush: false },
    // Megabytes; what may be held is bounded by who is let in, not by how many of them share a connection.
    maxSessionMemory: 1_000,
  });
  const slow = setTimeout(() => {
    cause = new Error(`no answer from ${address.host}:${address.port} within ${connectWithinMs} ms`);
    session.destroy();
  }, connectWithinMs);
  session.once("remoteSettings", ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
    clearTimeout(slow);
    if (session.destroyed) return;
    most = maxConcurrentStreams;
    session.setLocalWindowSize(windowBytes);
    ready();
  });
  const asking = watchOver(session, () => under > 0);
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    most = 0;
    clearTimeout(slow);
    ended(cause);
  };
  session.on("error", (error: Error) => {
    cause ??= error;
  });
  session.once("goaway", end);
  session.once("close", () => {
    clearInterval(asking);
    end();
  });
  const released = () => {
    if (under-- === most) freed();
  };
  return {
    get hasRoom() {
      return under < most && !session.closed && !session.destroyed;
    },
    get isIdle() {
      return under === 0;
    },
    request(headers) {
      const stream = session.request(headers);
      under++;
      stream.on("close", released);
      return stream;
    },
    retire() {
      end();
      session.close();
    },
    destroy: () => session.destroy(),
  };
}

function socketTo({ host, port }: Address, name: string, tls: SecureContext | undefined) {
  if (!tls) return connectTcp({ host, port, noDelay: true });
  const identity = isIP(name) === 0 ? { servername: name } : {};
  const socket = connectTls({ host, port, secureContext: tls, ALPNProtocols: ["h2"], ...identity });
  return socket.setNoDelay(true);
}

/** Ends a connection whose other side is gone without a word. */
function watchOver(session: ClientHttp2Session, isNeeded: () => boolean): NodeJS.Timeout {
  const look = () => {
    if (!isNeeded() || session.destroyed || session.connecting) return;
    const gone = setTimeout(() => session.destroy(new Error(`no sign of life within ${pongWithinMs} ms`)), pongWithinMs);
    if (!session.ping(() => clearTimeout(gone))) clearTimeout(gone);
  };
  return setInterval(look, askMs).unref();
}
