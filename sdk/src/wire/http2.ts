import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { Code } from "@connectrpc/connect";
import { cancelled, SignalboxError } from "../errors.ts";
import { socketFailure } from "./exchange.ts";

/** A stream in both directions. */
export interface Duplex {
  /** Settles when the server begins to answer. */
  readonly head: Promise<{ readonly status: number; readonly header: Headers }>;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Gives the stream up. */
  readonly cancel: () => void;
}

export interface Dialing {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly outgoing: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal | undefined;
}

/** How often an open session is asked whether its other end is there, and how long that may take. */
const pingMs = 20_000;
const connectMs = 10_000;

/**
 * Streams over one session of HTTP/2, dialled when first needed and again
 * after it broke. A session does not keep the process alive. Fails with
 * HTTP2_UNAVAILABLE where the other end, or something between, does not speak
 * HTTP/2, and with UNAVAILABLE where nobody is there.
 */
export function openHttp2(url: URL): { readonly dial: (dialing: Dialing) => Promise<Duplex>; readonly close: () => void } {
  let present: Promise<ClientHttp2Session> | undefined;
  const prefix = url.pathname.replace(/\/$/, "");

  function session(): Promise<ClientHttp2Session> {
    if (present) return present;
    const opening = openSession(url, () => {
      if (present === opening) present = undefined;
    });
    present = opening;
    return opening;
  }

  return {
    async dial({ path, headers, outgoing, signal }) {
      const open = await session();
      if (signal?.aborted) throw cancelled(signal);
      const stream = open.request({ ":method": "POST", ":path": prefix + path, ...headers }, { endStream: false });
      return toDuplex(url, stream, outgoing, signal);
    },
    close() {
      present?.then((open) => open.destroy()).catch(() => undefined);
      present = undefined;
    },
  };
}

function openSession(url: URL, onGone: () => void): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(url.origin);
    const timer = setTimeout(() => session.destroy(new Error("no settings within 10 s")), connectMs);
    let greeted = false;
    session.once("remoteSettings", () => {
      greeted = true;
      clearTimeout(timer);
      session.unref();
      watch(session);
      resolve(session);
    });
    session.once("goaway", onGone);
    session.on("error", (cause: NodeJS.ErrnoException) => {
      reject(!greeted && speaksAnother(cause) ? http2Unavailable(url, cause) : socketFailure(url.origin, cause));
    });
    session.once("close", () => {
      clearTimeout(timer);
      onGone();
      reject(socketFailure(url.origin, new Error("closed while it was opened")));
    });
  });
}

/** A peer that vanished without a word is noticed by its silence. */
function watch(session: ClientHttp2Session): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) {
      session.destroy(new Error("no answer to a ping"));
      return;
    }
    answered = false;
    session.ping(() => {
      answered = true;
    });
  }, pingMs);
  timer.unref();
  session.once("close", () => clearInterval(timer));
}

function speaksAnother({ code = "", message }: NodeJS.ErrnoException): boolean {
  return code.startsWith("ERR_HTTP2") || code.includes("ALPN") || message.includes("ALPN");
}

const http2Unavailable = (url: URL, cause: unknown) =>
  new SignalboxError({
    reason: "HTTP2_UNAVAILABLE",
    message: `${url.origin} is not reached over HTTP/2`,
    code: Code.Unimplemented,
    unsent: true,
    cause,
  });

function toDuplex(url: URL, stream: ClientHttp2Stream, outgoing: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Duplex {
  const cancel = () => stream.close(constants.NGHTTP2_CANCEL);
  signal?.addEventListener("abort", cancel, { once: true });
  stream.once("close", () => signal?.removeEventListener("abort", cancel));
  const explain = (cause: unknown) => (signal?.aborted ? cancelled(signal) : socketFailure(url.origin, cause));
  const head = new Promise<{ status: number; header: Headers }>((resolve, reject) => {
    stream.once("response", (headers) => resolve({ status: Number(headers[":status"]), header: toHeaders(headers) }));
    stream.once("error", (cause) => reject(explain(cause)));
    stream.once("close", () => reject(explain(new Error("the stream was closed"))));
  });
  head.catch(() => undefined);
  void pump(outgoing, stream);
  return { head, chunks: readChunks(stream, explain), cancel };
}

async function pump(outgoing: AsyncIterable<Uint8Array>, stream: ClientHttp2Stream): Promise<void> {
  try {
    for await (const chunk of outgoing) {
      if (stream.destroyed || stream.closed) return;
      if (!stream.write(chunk)) await drained(stream);
    }
    stream.end();
  } catch (cause) {
    stream.destroy(cause instanceof Error ? cause : new Error(String(cause)));
  }
}

function drained(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}

async function* readChunks(stream: ClientHttp2Stream, explain: (cause: unknown) => SignalboxError): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (cause) {
    throw explain(cause);
  }
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) result.set(name, String(value));
  }
  return result;
}
