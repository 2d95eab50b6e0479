import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { type DescMessage, type Registry, toJson } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { Call, type Wire } from "@signalbox/runtime/rpc/call.ts";
import type { Served } from "@signalbox/runtime/rpc/handler.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import type { AnyRequest } from "./address.ts";
import { fromBinaryBody, fromJsonBody, readBody } from "./body.ts";
import { answerBytes, sealed } from "./opaque.ts";
import { packed } from "./packed.ts";

export type AnyResponse = ServerResponse | Http2ServerResponse;

/** Answers a request, with headers that every answer carries, or leaves it to somebody else and says so. */
export type Answer = (
  request: AnyRequest,
  response: AnyResponse,
  address: string | undefined,
  headers: Readonly<Record<string, string>>,
) => boolean;

type UnaryServed = Extract<Served, { kind: "unary" }>;

const contentTypes: Readonly<Record<string, "json" | "proto">> = {
  "application/json": "json",
  "application/json; charset=utf-8": "json",
  "application/json;charset=utf-8": "json",
  "application/proto": "proto",
};

/**
 * The fast path of Connect: unary calls by POST, JSON or binary, of which large answers are packed.
 * Connect's own adapter answers the rest, five times dearer. `unread` says
 * that calls go on to another process, so that binary bodies stay as they are.
 * `registry` knows what an Any may hold; the contract has none.
 */
export function unaryCalls(methods: ServedMethods, unread: boolean, maxBytes: number, registry?: Registry): Answer {
  const byUrl = unaryOf(methods);
  const jsonOptions = registry && { registry };
  const fromJson = (schema: DescMessage, body: Buffer) => fromJsonBody(schema, body, registry);
  return (request, response, address, headers) => {
    const served = byUrl.get(request.url ?? "");
    const type = contentTypes[request.headers["content-type"] ?? ""];
    if (!served || !type || request.method !== "POST" || request.headers["content-encoding"] !== undefined) return false;
    const call = callOf(served, "connect", request, address, connectTimeoutMs(request));
    response.on("close", () => {
      if (!response.writableFinished) call.abort(new SignalboxError(Reason.CANCELLED, "the caller went away"));
    });
    const { input, output } = served.method;
    const read = type === "json" ? fromJson : unread ? (_: typeof input, body: Buffer) => sealed(body) : fromBinaryBody;
    const answer = async () => {
      try {
        const message = await served.invoke(read(input, await readBody(request, maxBytes)), call);
        const body = type === "json" ? JSON.stringify(toJson(output, message, jsonOptions)) : answerBytes(served.method, message);
        const small = await packed(request.headers["accept-encoding"], body);
        send(response, 200, type, small ? { ...headers, "content-encoding": "gzip" } : headers, small ?? body);
      } catch (thrown) {
        fail(request, response, headers, toConnectError(thrown));
      }
    };
    void answer();
    return true;
  };
}

/** The unary methods of an edge, by the path that they are called at. */
export const unaryOf = (methods: ServedMethods): ReadonlyMap<string, UnaryServed> =>
  new Map([...methods].filter((entry): entry is [string, UnaryServed] => entry[1].kind === "unary"));

/** How long a caller of Connect waits; undefined where it does not say. */
export function connectTimeoutMs({ headers }: AnyRequest): number | undefined {
  const timeoutMs = Number(headers["connect-timeout-ms"]);
  return Number.isFinite(timeoutMs) && timeoutMs > 0 ? timeoutMs : undefined;
}

/** A call as it came in over HTTP; `timeoutMs` is undefined where the caller states no end. */
export function callOf(
  { method }: Served,
  wire: Wire,
  request: AnyRequest,
  address: string | undefined,
  timeoutMs: number | undefined,
): Call {
  return new Call({
    method,
    wire,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    deadline: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
    address,
  });
}

type AnswerHeaders = Parameters<Answer>[3];

function fail(request: AnyRequest, response: AnyResponse, headers: AnswerHeaders, error: ConnectError): void {
  const body = JSON.stringify(errorToJson(error, undefined));
  // A body that is not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  send(response, codeToHttpStatus(error.code), "json", headers, body);
}

function send(response: AnyResponse, status: number, type: "json" | "proto", headers: AnswerHeaders, body: string | Uint8Array): void {
  if (response.destroyed || response.headersSent) return;
  // All at once: headers that are set one by one are checked, kept and written one by one.
  (response as ServerResponse).writeHead(status, {
    ...headers,
    "content-type": `application/${type}`,
    "content-length": typeof body === "string" ? Buffer.byteLength(body) : body.byteLength,
  });
  (response as ServerResponse).end(body);
}
