import { create, type Message } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError } from "@connectrpc/connect";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { type Asked, type Failure, type HeaderList, messageOf, type StreamDefinition, type UnaryDefinition } from "./contract.ts";
import { type Exchange, exchangeOf } from "./exchange.ts";

// The service that connectconformance asks, as its service.proto describes it.

const payload = messageOf("ConformancePayload");
const info = messageOf("ConformancePayload.RequestInfo");

/** What the caller is told of its own requests. */
function aboutRequests({ requestHeaders, timeoutMs }: Exchange, requests: readonly Message[]): Message {
  return create(info, {
    requestHeaders: requestHeaders.map(({ name, value }) => create(messageOf("Header"), { name, value } as never)),
    requests: requests.map((each) => anyPack(messageOf(each.$typeName.split(".").at(-1) ?? ""), each as never)),
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
  } as never);
}

const answer = (requestInfo: Message | undefined, data: Uint8Array | undefined) => ({
  payload: create(payload, { ...(requestInfo && { requestInfo }), ...(data && { data }) } as never),
});

function failure({ code, message = "", details }: Failure, requestInfo: Message | undefined): ConnectError {
  const error = new ConnectError(message, code as Code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  if (requestInfo) error.details.push({ desc: info, value: requestInfo as never });
  return error;
}

function set({ setHeader, setTrailer }: Exchange, definition: UnaryDefinition | StreamDefinition | undefined): void {
  const each = (lists: readonly HeaderList[] = [], put: (name: string, value: string) => void) => {
    for (const { name, value } of lists) for (const one of value) put(name, one);
  };
  each(definition?.responseHeaders, setHeader);
  each(definition?.responseTrailers, setTrailer);
}

async function unary(definition: UnaryDefinition | undefined, requests: readonly Message[], call: Call) {
  const exchange = exchangeOf(call);
  set(exchange, definition);
  if (definition?.responseDelayMs) await sleep(definition.responseDelayMs, call.signal);
  const requestInfo = aboutRequests(exchange, requests);
  if (definition?.response.case === "error") throw failure(definition.response.value, requestInfo);
  return answer(requestInfo, definition?.response.case === "responseData" ? definition.response.value : undefined);
}

/** The answers of a stream from one of them on. */
async function* rest(definition: StreamDefinition | undefined, from: number, first: Message | undefined, call: Call) {
  for (const [index, data] of (definition?.responseData ?? []).entries()) {
    if (index < from) continue;
    if (definition?.responseDelayMs) await sleep(definition.responseDelayMs, call.signal);
    yield answer(index === 0 ? first : undefined, data);
  }
  if (definition?.error) throw failure(definition.error, definition.responseData.length === 0 ? first : undefined);
}

const ask = (request: Asked<UnaryDefinition>, call: Call) => unary(request.responseDefinition, [request], call);

/** The handlers by the names that methods have in code. */
export const handlers = {
  unary: ask,
  idempotentUnary: ask,

  async clientStream(requests: AsyncIterable<Asked<UnaryDefinition>>, call: Call) {
    const heard: Asked<UnaryDefinition>[] = [];
    for await (const request of requests) heard.push(request);
    return unary(heard[0]?.responseDefinition, heard, call);
  },

  async *serverStream(request: Asked<StreamDefinition>, call: Call) {
    const exchange = exchangeOf(call);
    set(exchange, request.responseDefinition);
    yield* rest(request.responseDefinition, 0, aboutRequests(exchange, [request]), call);
  },

  async *bidiStream(requests: AsyncIterable<Asked<StreamDefinition>>, call: Call) {
    const exchange = exchangeOf(call);
    let definition: StreamDefinition | undefined;
    let fullDuplex = false;
    let sent = 0;
    let heard: Message[] = [];
    let first = true;
    for await (const request of requests) {
      if (first) {
        definition = request.responseDefinition;
        fullDuplex = request.fullDuplex ?? false;
        set(exchange, definition);
        first = false;
      }
      heard.push(request);
      if (!fullDuplex) continue;
      const data = definition?.responseData[sent];
      if (data === undefined) break;
      if (definition?.responseDelayMs) await sleep(definition.responseDelayMs, call.signal);
      yield answer(aboutRequests(exchange, heard), data);
      sent++;
      heard = [];
    }
    yield* rest(definition, sent, aboutRequests(exchange, heard), call);
  },
};
