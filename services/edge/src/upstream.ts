import type { DescMethod, DescMethodStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { ServiceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { addressHeader, edgeHeader } from "@signalbox/runtime/layers/authenticate.ts";
import type { GrpcChannel } from "@signalbox/runtime/peers/grpc.ts";
import { Call } from "@signalbox/runtime/rpc/call.ts";
import { pathOf, type ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { peek } from "@signalbox/runtime/rpc/streams.ts";
import { answerFrom, opaque, requestBytes } from "./opaque.ts";

/** The way to a service: in this process or in another. The person's token goes along; the edge itself proves nothing but that it is the edge. */
export interface Upstream {
  /** Whether messages are passed on unread, so that they need not be decoded here. */
  readonly opaque: boolean;
  unary(method: DescMethodUnary, request: Message, call: Call, token: string | undefined): Promise<Message>;
  stream(method: DescMethodStreaming, requests: AsyncIterable<Message>, call: Call, token: string | undefined): AsyncIterable<Message>;
}

/** A service in this process: its layers are called as they are. */
export function directUpstream(methods: () => ServedMethods): Upstream {
  function open(method: DescMethod, call: Call, token: string | undefined) {
    const { header, deadline, address, wire } = call;
    const served = methods().get(pathOf(method));
    if (!served) throw new SignalboxError(Reason.METHOD_UNKNOWN, `${pathOf(method)} is not answered here`);
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    // What proves a service or the edge counts between processes only; from outside it would be a lie.
    const passed = (name: string) => (name === "authorization" ? authorization : name.startsWith("signalbox-") ? undefined : header(name));
    const onward = new Call({ method, wire: wire === "connect" ? "direct" : wire, header: passed, deadline, address });
    call.onAbort((reason) => onward.abort(reason));
    return { served, onward };
  }
  return {
    opaque: false,
    unary(method, request, call, token) {
      const { served, onward } = open(method, call, token);
      if (served.kind !== "unary") throw new Error(`${pathOf(method)} is a stream`);
      return served.invoke(request, onward);
    },
    stream(method, requests, call, token) {
      const { served, onward } = open(method, call, token);
      if (served.kind !== "stream") throw new Error(`${pathOf(method)} is not a stream`);
      return served.invoke(requests, onward);
    },
  };
}

/** A service in another process. */
export function remoteUpstream(
  { transport, pass }: Pick<GrpcChannel, "transport" | "pass">,
  callee: string,
  tokens: ServiceTokens,
): Upstream {
  function headers({ address }: Call, token: string | undefined): Record<string, string> {
    const all: Record<string, string> = { [edgeHeader]: tokens.mint("edge", callee) };
    if (token !== undefined) all.authorization = `Bearer ${token}`;
    if (address !== undefined) all[addressHeader] = address;
    return all;
  }
  const timeout = ({ deadline }: Call) => (deadline === undefined ? undefined : Math.max(1, deadline - Date.now()));
  return {
    opaque: true,
    async unary(method, request, call, token) {
      const answer = await pass(method, requestBytes(method, request), call, headers(call, token));
      return answerFrom(method, request, answer);
    },
    async *stream(method, requests, call, token) {
      // Whether messages were read shows in the first one; a stream without any has nothing to say either way.
      const opened = await peek(requests);
      const first = opened?.first;
      const asked = first ? opaque(method, first) : method;
      const sent = (opened?.all ?? requests) as AsyncIterable<never>;
      const { message } = await transport.stream(asked, call.signal, timeout(call), headers(call, token), sent);
      yield* message as AsyncIterable<Message>;
    },
  };
}
