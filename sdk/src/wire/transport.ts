import { Buffer } from "node:buffer";
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, type StreamResponse, type Transport, type UnaryResponse } from "@connectrpc/connect";
import { failedWith, SignalboxError } from "../errors.ts";
import { readEnvelopes, toEnvelope } from "./envelope.ts";
import type { Exchange } from "./exchange.ts";
import { failureAtEnd, failureOf, unreadable } from "./failure.ts";
import type { Dialing, Duplex } from "./http2.ts";
import { retrying } from "./retry.ts";

type HeaderInit = ConstructorParameters<typeof Headers>[0];

export interface Wires {
  readonly exchange: Exchange;
  readonly dial: (dialing: Dialing) => Promise<Duplex>;
  /** The headers of every call. `refused` is the token that the server just called expired. */
  readonly headers: (refused?: string) => Promise<Readonly<Record<string, string>>>;
  /** How long a unary call may take in all where the caller does not say; 0 for ever. */
  readonly timeoutMs: number;
  /** How long after its begin a call is still repeated, within its time-out. */
  readonly retryMs: number;
}

/** Connect's protocol with binary messages: unary calls and server streams over HTTP/1.1, streams of the client over HTTP/2. */
export function createTransport(wires: Wires): Transport {
  return {
    unary: (method, signal, timeoutMs, header, input) => callUnary(wires, method, signal, timeoutMs ?? wires.timeoutMs, header, input),
    stream: (method, signal, timeoutMs, header, input) =>
      method.methodKind === "server_streaming"
        ? callServerStream(wires, method, signal, timeoutMs ?? 0, header, input)
        : callDuplex(wires, method, signal, timeoutMs ?? 0, header, input),
  };
}

function readAnswer<O extends DescMessage>(schema: O, bytes: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw unreadable(bytes);
  }
}

async function callUnary<I extends DescMessage, O extends DescMessage>(
  wires: Wires,
  method: DescMethodUnary<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
  header: HeaderInit | undefined,
  input: MessageInitShape<I>,
): Promise<UnaryResponse<I, O>> {
  const begin = Date.now();
  const deadline = timeoutMs > 0 ? begin + timeoutMs : Number.POSITIVE_INFINITY;
  const body = toBinary(method.input, create(method.input, input));
  const sending = { path: pathOf(method), body, signal };
  const { answer, bytes } = await retrying(method, Math.min(deadline, begin + wires.retryMs), signal, () =>
    renewing(wires, async (credentials) => {
      const remainingMs = timeoutMs > 0 ? Math.max(1, deadline - Date.now()) : 0;
      const headers = { ...headersOf("application/proto", remainingMs, header), ...credentials };
      const answer = await wires.exchange({ ...sending, headers, timeoutMs: remainingMs });
      const bytes = await answer.bytes();
      if (answer.status !== 200) throw failureOf(answer.status, bytes);
      return { answer, bytes };
    }),
  );
  return {
    stream: false,
    service: method.parent,
    method,
    message: readAnswer(method.output, bytes),
    get header() {
      return answer.header;
    },
    trailer: new Headers(),
  };
}

async function callServerStream<I extends DescMessage, O extends DescMessage>(
  wires: Wires,
  method: DescMethodStreaming<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
  header: HeaderInit | undefined,
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<StreamResponse<I, O>> {
  const body = toEnvelope(await onlyOne(method.input, input));
  const answer = await retrying(method, Date.now() + wires.retryMs, signal, () =>
    renewing(wires, async (credentials) => {
      const headers = { ...headersOf("application/connect+proto", timeoutMs, header), ...credentials };
      const answer = await wires.exchange({ path: pathOf(method), body, signal, headers, timeoutMs });
      if (answer.status !== 200) throw failureOf(answer.status, await answer.bytes());
      return answer;
    }),
  );
  return toStream(method, answer.header, readMessages(method.output, answer.chunks()));
}

async function callDuplex<I extends DescMessage, O extends DescMessage>(
  wires: Wires,
  method: DescMethodStreaming<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
  header: HeaderInit | undefined,
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<StreamResponse<I, O>> {
  const headers = { ...headersOf("application/connect+proto", timeoutMs, header), ...(await wires.headers()) };
  const deadline = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  const signals = [signal, deadline].filter((one) => one !== undefined);
  const duplex = await wires.dial({
    path: pathOf(method),
    headers,
    outgoing: toEnvelopes(method.input, input),
    signal: signals.length > 0 ? AbortSignal.any(signals) : undefined,
  });
  const answerHeader = new Headers();
  return toStream(method, answerHeader, readDuplex(method.output, duplex, answerHeader));
}

/** Asks once more with a renewed token where the server says that the token has expired. */
async function renewing<T>(wires: Wires, attempt: (credentials: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const credentials = await wires.headers();
  try {
    return await attempt(credentials);
  } catch (error) {
    if (!failedWith(error, "TOKEN_EXPIRED")) throw error;
    const renewed = await wires.headers(credentials.Authorization?.slice("Bearer ".length));
    if (renewed.Authorization === credentials.Authorization) throw error;
    return attempt(renewed);
  }
}

async function* toEnvelopes<I extends DescMessage>(schema: I, input: AsyncIterable<MessageInitShape<I>>): AsyncGenerator<Uint8Array> {
  for await (const message of input) yield toEnvelope(toBinary(schema, create(schema, message)));
}

/** The server may begin to answer only after it heard something, so the answer's head is awaited here and not before. */
async function* readDuplex<O extends DescMessage>(schema: O, duplex: Duplex, header: Headers): AsyncGenerator<MessageShape<O>> {
  try {
    const head = await duplex.head;
    head.header.forEach((value, name) => {
      header.append(name, value);
    });
    if (head.status !== 200) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of duplex.chunks) chunks.push(chunk);
      throw failureOf(head.status, Buffer.concat(chunks));
    }
    yield* readMessages(schema, duplex.chunks);
  } finally {
    duplex.cancel();
  }
}

async function* readMessages<O extends DescMessage>(schema: O, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<MessageShape<O>> {
  for await (const { last, payload } of readEnvelopes(chunks)) {
    if (!last) {
      yield fromBinary(schema, payload);
      continue;
    }
    const failure = failureAtEnd(payload);
    if (failure) throw failure;
    return;
  }
}

const toStream = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodStreaming<I, O>,
  header: Headers,
  message: AsyncIterable<MessageShape<O>>,
): StreamResponse<I, O> => ({ stream: true, service: method.parent, method, header, message, trailer: new Headers() });

const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

function headersOf(contentType: string, timeoutMs: number, header: HeaderInit | undefined): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": contentType, "Connect-Protocol-Version": "1" };
  if (timeoutMs > 0) headers["Connect-Timeout-Ms"] = String(Math.ceil(timeoutMs));
  if (header) {
    new Headers(header).forEach((value, name) => {
      headers[name] = value;
    });
  }
  return headers;
}

async function onlyOne<I extends DescMessage>(schema: I, input: AsyncIterable<MessageInitShape<I>>): Promise<Uint8Array> {
  for await (const message of input) return toBinary(schema, create(schema, message));
  throw new SignalboxError({ reason: "MISUSE", message: "a server stream takes one message", code: Code.InvalidArgument });
}
