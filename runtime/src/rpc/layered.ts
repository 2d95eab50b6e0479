import { create, type DescMethod, type DescMethodUnary, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { accessOf, auditOf, nameOf } from "../contract/policy-of.ts";
import { SignalboxError } from "../errors.ts";
import type { Serves } from "../host/part.ts";
import type { Call } from "./call.ts";
import type { Layer, Served, Stream, Unary } from "./handler.ts";
import { isJoined } from "./joined.ts";
import { mapped, once, opening } from "./streams.ts";

/** The methods of a program by path ("/signalbox.runs.v1.RunService/GetRun"), each behind its layers. */
export type ServedMethods = ReadonlyMap<string, Served>;

export const pathOf = (method: DescMethod): string => `/${nameOf(method)}`;

/**
 * Puts the layers around every handler. Fails where a method has no handler,
 * states no access, or changes something and says nothing of audit: such a
 * program must not start.
 */
export function layered(services: readonly Serves[], layers: readonly Layer[]): ServedMethods {
  for (const method of services.flatMap(({ service }) => service.methods)) {
    accessOf(method);
    auditOf(method);
  }
  return open(services, layers);
}

/** The same for services that are not of our contract and open to all, such as health. */
export function open(services: readonly Serves[], layers: readonly Layer[]): ServedMethods {
  const served = new Map<string, Served>();
  for (const { service, handlers } of services) {
    for (const method of service.methods) {
      const handler = (handlers as Record<string, unknown>)[method.localName];
      if (typeof handler !== "function") throw new Error(`${nameOf(method)} has no handler`);
      served.set(pathOf(method), wrap(method, handler as AnyHandler, layers));
    }
  }
  return served;
}

type AnyHandler = (input: unknown, call: Call) => unknown;

function wrap(method: DescMethod, handler: AnyHandler, layers: readonly Layer[]): Served {
  if (method.methodKind === "unary") {
    const work: Unary = async (request, call) => answer(method, await handler(request, call));
    return { kind: "unary", method: method as DescMethodUnary, invoke: layers.reduceRight((next, layer) => layer.unary(next), work) };
  }
  return { kind: "stream", method, invoke: layers.reduceRight((next, layer) => layer.stream(next), streaming(method, handler)) };
}

/** The three kinds of stream, seen as one. */
function streaming(method: DescMethod, handler: AnyHandler): Stream {
  return (requests, call) =>
    opening(async () => {
      const input = method.methodKind === "server_streaming" ? await only(requests) : requests;
      const output = handler(input, call);
      const answers = method.methodKind === "client_streaming" ? once(await output) : (output as AsyncIterable<unknown>);
      return mapped(answers, (message) => (isJoined(message) ? message : answer(method, message)));
    });
}

const answer = (method: DescMethod, message: unknown): Message => create(method.output, message as MessageInitShape<DescMethod["output"]>);

async function only(requests: AsyncIterable<Message>): Promise<Message> {
  for await (const request of requests) return request;
  throw new SignalboxError(Reason.BODY_INVALID, "the call carries no request");
}
