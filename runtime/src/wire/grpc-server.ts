import type { DescMethod, Message } from "@bufbuild/protobuf";
import {
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { Call } from "../rpc/call.ts";
import type { Served, Stream, Unary } from "../rpc/handler.ts";
import { apart } from "../rpc/joined.ts";
import type { ServedMethods } from "../rpc/layered.ts";
import { once, until } from "../rpc/streams.ts";
import { codecOf } from "./codec.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/** The most that one message may hold; a batch of a thousand reports fits. */
export const maxMessageBytes = 8 * 1024 * 1024;

const options = {
  "grpc.max_receive_message_length": maxMessageBytes,
  "grpc.max_send_message_length": -1,
  "grpc.max_concurrent_streams": 1_000,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_metadata_size": 32 * 1024,
  // Megabytes that one connection may hold; the edge has one for all of its callers.
  "grpc-node.max_session_memory": 256,
  "grpc.max_connection_idle_ms": 600_000,
  // Statistics that nobody reads, kept on every call.
  "grpc.enable_channelz": 0,
};

// Clients look their names up again when a connection ends, so that is how they find replicas that were added. Streams go on.
const defaultAgeMs = 300_000;

export interface GrpcServer {
  /** "127.0.0.1:4317", with the port that was given out where 0 was asked for. */
  readonly address: string;
  /** Takes no more calls, lets those under way end within the time, then cuts off what is left. */
  close(withinMs: number): Promise<void>;
}

/** Serves methods over gRPC. */
export async function serveGrpc(
  methods: ServedMethods,
  listen: { readonly host: string; readonly port: number; readonly connectionAgeMs?: number },
  credentials: ServerCredentials,
): Promise<GrpcServer> {
  const server = new Server({ ...options, "grpc.max_connection_age_ms": listen.connectionAgeMs ?? defaultAgeMs });
  for (const each of methods.values()) {
    const { path, ...codec } = codecOf(each.method);
    server.register(path, implementation(each) as never, codec.responseSerialize, codec.requestDeserialize, kindOf(each.method));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${listen.host}:${listen.port}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    address: `${listen.host}:${port}`,
    close: (withinMs) =>
      new Promise((resolve) => {
        // Cuts off what is left in the end. `forceShutdown` would not: it knows connections by channelz only.
        server.drain(`${listen.host}:${port}`, withinMs);
        server.tryShutdown(() => resolve());
      }),
  };
}

const kinds = { unary: "unary", server_streaming: "serverStream", client_streaming: "clientStream", bidi_streaming: "bidi" } as const;
const kindOf = (method: DescMethod) => kinds[method.methodKind];

const implementation = (served: Served) =>
  served.kind === "unary" ? unary(served.method, served.invoke) : stream(served.method, served.invoke);

/** The part of grpc-js's call kinds that a call is made from. */
interface Incoming {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  getPeer(): string;
  on(event: "cancelled", heard: () => void): unknown;
}

function callOf(method: DescMethod, incoming: Incoming): Call {
  const due = Number(incoming.getDeadline());
  const call = new Call({
    method,
    wire: "grpc",
    header: (name) => {
      const [value] = incoming.metadata.get(name);
      return typeof value === "string" ? value : value?.toString("base64");
    },
    deadline: Number.isFinite(due) ? due : undefined,
    address: incoming.getPeer(),
  });
  // grpc-js tells of the end of a call, of a passed deadline and of a caller that went away alike.
  incoming.on("cancelled", () => {
    if (!call.answered) call.abort(due <= Date.now() ? late() : gone());
  });
  return call;
}

const late = () => new SignalboxError(Reason.DEADLINE_EXCEEDED, "the deadline passed before the answer was ready");
const gone = () => new SignalboxError(Reason.CANCELLED, "the caller went away");

const unary = (method: DescMethod, invoke: Unary) => (incoming: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>) => {
  const call = callOf(method, incoming);
  invoke(incoming.request, call).then(
    (response) => {
      call.answered = true;
      done(null, response);
    },
    (error) => {
      call.answered = true;
      done(toGrpcStatus(error));
    },
  );
};

type Outgoing = ServerWritableStream<Message, Message> & ServerDuplexStream<Message, Message>;

const stream = (method: DescMethod, invoke: Stream) => {
  const answersOnce = method.methodKind === "client_streaming";
  const asksOnce = method.methodKind === "server_streaming";
  return async (incoming: Outgoing, done?: sendUnaryData<Message>) => {
    const call = callOf(method, incoming);
    // Left to itself the iterator would destroy the stream when the requests end, and the status with it.
    const requests = asksOnce ? once(incoming.request) : (incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Message>);
    try {
      for await (const responses of until(invoke(requests, call), call.signal)) {
        for (const response of apart(responses)) {
          if (answersOnce) done?.(null, response);
          else if (!incoming.write(response)) await writable(incoming, call);
        }
      }
      if (!answersOnce) incoming.end();
    } catch (error) {
      if (answersOnce) done?.(toGrpcStatus(error));
      else incoming.emit("error", toGrpcStatus(error));
    }
  };
};

function writable(outgoing: Outgoing, call: Call): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      outgoing.off("drain", go);
      call.signal.removeEventListener("abort", go);
      resolve();
    };
    outgoing.once("drain", go);
    call.signal.addEventListener("abort", go, { once: true });
  });
}
