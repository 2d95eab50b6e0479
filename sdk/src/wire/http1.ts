import { Buffer } from "node:buffer";
import { Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import { Code } from "@connectrpc/connect";
import { cancelled, deadlineExceeded, SignalboxError } from "../errors.ts";
import { maxMessageBytes } from "./envelope.ts";
import { type Answer, type Exchange, socketFailure } from "./exchange.ts";

const sockets = { keepAlive: true, maxSockets: 128, maxFreeSockets: 16, scheduling: "lifo" } as const;

/** Exchanges over HTTP/1.1 with connections that are kept. */
export function openHttp1(url: URL): { readonly exchange: Exchange; readonly close: () => void } {
  const secure = url.protocol === "https:";
  const agent = secure ? new TlsAgent(sockets) : new Agent(sockets);
  const request = secure ? requestHttps : requestHttp;
  const prefix = url.pathname.replace(/\/$/, "");
  const address = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port, agent, method: "POST" };

  const exchange: Exchange = ({ path, headers, body, signal, timeoutMs }) =>
    new Promise<Answer>((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled(signal));
        return;
      }
      const outgoing = request({ ...address, path: prefix + path, headers: { ...headers, "Content-Length": body.length } });
      let incoming: IncomingMessage | undefined;
      const end = (error: SignalboxError) => {
        incoming?.destroy(error);
        outgoing.destroy(error);
        reject(error);
      };
      const abort = () => end(cancelled(signal as AbortSignal));
      const timer = timeoutMs > 0 ? setTimeout(() => end(deadlineExceeded(timeoutMs)), timeoutMs) : undefined;
      signal?.addEventListener("abort", abort, { once: true });
      outgoing.on("error", (cause) => reject(socketFailure(url.origin, cause)));
      outgoing.on("close", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      });
      outgoing.on("response", (response) => {
        incoming = response;
        resolve(toAnswer(url.origin, response));
      });
      outgoing.end(body);
    });
  return { exchange, close: () => agent.destroy() };
}

function toAnswer(origin: string, response: IncomingMessage): Answer {
  return {
    status: response.statusCode ?? 0,
    get header() {
      return new Headers(Object.entries(response.headersDistinct).flatMap(([name, values = []]) => values.map((value) => [name, value])));
    },
    bytes: () => readWhole(origin, response),
    chunks: () => readChunks(origin, response),
  };
}

/** By events, because iterating a stream costs several times as much for the one chunk that most answers are. */
function readWhole(origin: string, response: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxMessageBytes) response.destroy(tooLarge());
    });
    response.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    response.on("error", (cause) => reject(socketFailure(origin, cause)));
    response.on("close", () => {
      if (!response.complete) reject(socketFailure(origin, new Error("closed")));
    });
  });
}

async function* readChunks(origin: string, response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (cause) {
    throw socketFailure(origin, cause);
  }
}

const tooLarge = () =>
  new SignalboxError({
    reason: "BODY_TOO_LARGE",
    message: `the answer is larger than ${maxMessageBytes / 1024 / 1024} MiB`,
    code: Code.ResourceExhausted,
  });
