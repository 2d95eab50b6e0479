import type { Transport } from "@connectrpc/connect";
import type { ServiceName } from "@signalbox/runtime/contract/services.ts";
import { grpcChannel } from "@signalbox/runtime/peers/grpc.ts";
import type { Place } from "../place.ts";
import type { Stage } from "../stage.ts";

/** The way past the edge of a mesh: a channel to one service, on which callers come with tokens of their own. */
export function straightTo(stage: Stage, { addresses }: Place, service: ServiceName): (token: string) => Transport {
  const address = addresses[service] ?? "";
  const channel = stage.own(grpcChannel({ callee: service, proof: undefined, address }), (each) => each.close());
  return (token) => withToken(channel.transport, token);
}

/** A transport on which every call carries a token. */
function withToken(transport: Transport, token: string): Transport {
  const header = { authorization: `Bearer ${token}` };
  return {
    unary: (method, signal, timeoutMs, _, input) => transport.unary(method, signal, timeoutMs, header, input),
    stream: (method, signal, timeoutMs, _, input) => transport.stream(method, signal, timeoutMs, header, input),
  };
}
