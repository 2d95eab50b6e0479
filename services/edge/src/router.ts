import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { Call, type Wire } from "@signalbox/runtime/rpc/call.ts";
import type { Served } from "@signalbox/runtime/rpc/handler.ts";
import { apart } from "@signalbox/runtime/rpc/joined.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { once, until } from "@signalbox/runtime/rpc/streams.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { addressKey } from "./address.ts";
import { unread } from "./opaque.ts";

/** Routes for Connect's adapter, which speaks every protocol: each method as it is served, or with messages that pass unread. */
export function routes(methods: ServedMethods, reads: boolean, streams: Set<Call>): (router: ConnectRouter) => void {
  return (router) => {
    for (const served of methods.values()) {
      const method = reads ? served.method : unread(served.method);
      router.rpc(method as never, handlerOf(served, method, streams) as never);
    }
  };
}

function handlerOf(served: Served, method: DescMethod, streams: Set<Call>) {
  if (served.kind === "unary") return (request: Message, context: HandlerContext) => served.invoke(request, callOf(served.method, context));
  const run = async function* (requests: AsyncIterable<Message>, context: HandlerContext) {
    const call = callOf(served.method, context);
    streams.add(call);
    try {
      for await (const message of until(served.invoke(requests, call), call.signal)) yield* apart(message);
    } catch (thrown) {
      // The reason for which a call is ended comes past the layers, and Connect would make an internal error of it.
      throw toConnectError(thrown);
    } finally {
      streams.delete(call);
    }
  };
  if (method.methodKind === "server_streaming") return (request: Message, context: HandlerContext) => run(once(request), context);
  if (method.methodKind === "bidi_streaming") return run;
  return async (requests: AsyncIterable<Message>, context: HandlerContext) => {
    for await (const response of run(requests, context)) return response;
    return create(method.output);
  };
}

const wires: Readonly<Record<string, Wire>> = { connect: "connect", grpc: "grpc", "grpc-web": "grpc-web" };

function callOf(method: DescMethod, context: HandlerContext): Call {
  const timeoutMs = context.timeoutMs();
  const call = new Call({
    method,
    wire: wires[context.protocolName] ?? "connect",
    header: (name) => context.requestHeader.get(name) ?? undefined,
    deadline: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
    address: context.values.get(addressKey),
  });
  context.signal.addEventListener("abort", () => call.abort(context.signal.reason), { once: true });
  return call;
}
