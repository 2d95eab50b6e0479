import type { ServerResponse } from "node:http";
import { type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { isBinary, unknown } from "@signalbox/edge";
import type { AnyRequest } from "@signalbox/edge/address.ts";
import { listen } from "@signalbox/edge/listener.ts";
import { answerFrom, requestBytes } from "@signalbox/edge/opaque.ts";
import { routes } from "@signalbox/edge/router.ts";
import { serverStreams } from "@signalbox/edge/server-streams.ts";
import { type AnyResponse, unaryCalls } from "@signalbox/edge/unary.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Served } from "@signalbox/runtime/rpc/handler.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { trailersOf } from "./connect-trailers.ts";
import { registry, type ServerRequest } from "./contract.ts";
import { keepContext, keepRequest } from "./exchange.ts";

/**
 * The wires of the edge around other methods: its listener, its fast paths for
 * unary calls and server streams, and Connect's adapter with its routes for the rest, put
 * together as the edge does. With `unread` the methods are as in a mesh, where
 * protobuf messages pass the edge without being read.
 */
export async function serveEdge(served: ServedMethods, request: ServerRequest, unread: boolean): Promise<{ readonly port: number }> {
  const methods = unread ? new Map([...served].map(([path, each]) => [path, elsewhere(each)])) : served;
  const maxBytes = request.messageReceiveLimit || 8 * 1024 * 1024;
  const adapter = (reads: boolean) =>
    connectNodeAdapter({
      routes: (router) => routes(methods, reads, new Set())(keepingContext(router)),
      fallback: (asked, response) => unknown(asked as AnyRequest, response as AnyResponse),
      jsonOptions: { ignoreUnknownFields: false, registry },
      readMaxBytes: maxBytes,
    });
  const [read, passing] = [adapter(true), adapter(!unread)];
  const fast = unaryCalls(methods, unread, maxBytes, registry);
  const fastStreams = serverStreams(methods, unread, maxBytes, new Set(), registry);
  const { serverCreds, useTls } = request;
  const tls = useTls && serverCreds ? { key: textOf(serverCreds.key), cert: textOf(serverCreds.cert) } : undefined;
  const { url } = await listen(
    (asked, response) => {
      keepRequest(
        asked.headers,
        (name, value) => (response as ServerResponse).appendHeader(name, value),
        trailersOf(asked, response as ServerResponse),
      );
      if (!fast(asked, response, undefined, {}) && !fastStreams(asked, response, undefined, {}))
        (isBinary(asked) ? passing : read)(asked as never, response as never);
    },
    { host: "127.0.0.1", port: 0, tls },
  );
  return { port: Number(new URL(url).port) };
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A router whose handlers have what surrounds their messages kept. */
function keepingContext(router: ConnectRouter): ConnectRouter {
  const rpc = (method: DescMethod, handler: (input: never, context: HandlerContext) => unknown) =>
    router.rpc(
      method as never,
      ((input: never, context: HandlerContext) => {
        keepContext(context);
        return handler(input, context);
      }) as never,
    );
  return { ...router, rpc } as ConnectRouter;
}

/** A method as if it were in another process: what comes unread goes back unread. */
function elsewhere(served: Served): Served {
  const { input, output } = served.method;
  const isUnread = ({ $typeName }: Message) => $typeName !== input.typeName;
  const arrived = (message: Message) => (isUnread(message) ? fromBinary(input, requestBytes(served.method, message)) : message);
  const passed = (request: Message, answer: Message) => answerFrom(served.method, request, Buffer.from(toBinary(output, answer)));
  if (served.kind === "unary") {
    return {
      ...served,
      invoke: async (request: Message, call: Call) => {
        const response = await served.invoke(arrived(request), call);
        return isUnread(request) ? passed(request, response) : response;
      },
    };
  }
  return {
    ...served,
    async *invoke(requests: AsyncIterable<Message>, call: Call) {
      let first: Message | undefined;
      async function* all() {
        for await (const request of requests) {
          first ??= request;
          yield arrived(request);
        }
      }
      for await (const response of served.invoke(all(), call)) yield first && isUnread(first) ? passed(first, response) : response;
    },
  };
}
