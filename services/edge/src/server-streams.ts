import type { ServerResponse } from "node:http";
import type { Message, Registry } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Served } from "@signalbox/runtime/rpc/handler.ts";
import { apart, isJoined } from "@signalbox/runtime/rpc/joined.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { once, until } from "@signalbox/runtime/rpc/streams.ts";
import { binaryOf, jsonOf } from "@signalbox/runtime/wire/encoding.ts";
import { enveloped, flagged, prefixBytes } from "@signalbox/runtime/wire/envelope.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { envelopeBytes, fromBinaryBody, fromJsonBody, readBody } from "./body.ts";
import { type Answer, type AnyResponse, callOf, connectTimeoutMs } from "./unary.ts";

type StreamServed = Extract<Served, { kind: "stream" }>;
type Format = "json" | "proto";

const formats: Readonly<Record<string, Format>> = { "application/connect+json": "json", "application/connect+proto": "proto" };
const compressed = 0b01;
const endOfStream = 0b10;

/**
 * The same fast path for streams that answer one request: what goes to many is encoded once, what
 * was joined is framed once as well, and messages that are ready together leave together. `unread`
 * tells whether binary messages stay as they are. Calls are in `streams` while they last.
 */
export function serverStreams(methods: ServedMethods, unread: boolean, maxBytes: number, streams: Set<Call>, registry?: Registry): Answer {
  const byUrl = new Map([...methods].filter((entry): entry is [string, StreamServed] => entry[1].method.methodKind === "server_streaming"));
  return (request, response, address, headers) => {
    const served = byUrl.get(request.url ?? "");
    const format = formats[request.headers["content-type"] ?? ""];
    const { "connect-content-encoding": encoding = "identity", "connect-protocol-version": version = "1" } = request.headers;
    if (!served || !format || request.method !== "POST" || encoding !== "identity" || version !== "1") return false;
    const call = callOf(served, "connect", request, address, connectTimeoutMs(request));
    const opaque = unread && format === "proto";
    const { input } = served.method;
    const read = (body: Buffer) =>
      format === "json" ? fromJsonBody(input, messageIn(body), registry) : fromBinaryBody(opaque ? EmptySchema : input, messageIn(body));
    const encode = (message: Message) =>
      format === "json" ? jsonOf(served.method.output, message, registry) : binaryOf(opaque ? EmptySchema : served.method.output, message);
    const framed = (message: Message) => {
      if (!isJoined(message)) return enveloped(encode(message));
      const known = joinedFrames[format].get(message) ?? Buffer.concat(apart(message).map((each) => enveloped(encode(each))));
      joinedFrames[format].set(message, known);
      return known;
    };
    const out = outlet(response);
    response.on("close", () => call.abort(new SignalboxError(Reason.CANCELLED, "the caller went away")));
    (response as ServerResponse).writeHead(200, { ...headers, "content-type": `application/connect+${format}` });
    streams.add(call);
    const answer = async () => {
      try {
        const body = await readBody(request, maxBytes + prefixBytes, envelopeBytes);
        for await (const message of until(served.invoke(once(read(body)), call), call.signal)) {
          const full = out.send(framed(message));
          if (full) await full;
        }
        await out.end("{}");
      } catch (thrown) {
        await out.end(JSON.stringify({ error: errorToJson(toConnectError(thrown), undefined) }));
      } finally {
        streams.delete(call);
      }
    };
    void answer();
    return true;
  };
}

/** What joined messages were written as. They are the same for all who watch the same thing. */
const joinedFrames: Readonly<Record<Format, WeakMap<Message, Buffer>>> = { json: new WeakMap(), proto: new WeakMap() };

/** What an envelope holds. A request has one, and nothing after it. The codes are those that Connect prescribes. */
function messageIn(body: Buffer): Buffer {
  const [flags = 0] = body;
  if ((flags & compressed) !== 0) throw new ConnectError("the message is compressed, and the request does not say how", Code.Internal);
  const size = body.length < prefixBytes ? -1 : body.readUInt32BE(1);
  if (body.length === 0 || (size >= 0 && body.length > prefixBytes + size))
    throw new ConnectError("a call of this method has one message, no less and no more", Code.Unimplemented);
  if (size !== body.length - prefixBytes || (flags & endOfStream) !== 0)
    throw new SignalboxError(Reason.BODY_INVALID, "the body is not one message in an envelope");
  return body.subarray(prefixBytes);
}

const fullBytes = 32 * 1024;

/** Writes frames: several that come at once in one piece, and none while the caller does not read. */
function outlet(response: AnyResponse) {
  let held: Buffer | undefined;
  // Most often there is one, and a list for each would be most of what has to be collected.
  let following: Buffer[] = [];
  let size = 0;
  let due: NodeJS.Immediate | undefined;
  let closed = false;
  let full = false;
  let resume = () => {};
  response.on("drain", () => {
    full = false;
    resume();
  });
  response.on("close", () => {
    closed = true;
    resume();
  });

  function flush(): void {
    clearImmediate(due);
    due = undefined;
    if (held && !closed)
      full = !(response as ServerResponse).write(following.length > 0 ? Buffer.concat([held, ...following], size) : held);
    if (following.length > 0) following = [];
    held = undefined;
    size = 0;
  }

  /** Undefined where the caller reads; else resolves when it has read. */
  function send(framed: Buffer): Promise<void> | undefined {
    if (held) following.push(framed);
    else held = framed;
    size += framed.length;
    if (size >= fullBytes) flush();
    else due ??= setImmediate(flush);
    return full && !closed ? new Promise<void>((resolve) => (resume = resolve)) : undefined;
  }

  return {
    send,
    async end(trailer: string): Promise<void> {
      await send(flagged(endOfStream, Buffer.from(trailer)));
      flush();
      if (!closed) response.end();
    },
  };
}
