import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Served } from "@signalbox/runtime/rpc/handler.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import type { AnyRequest } from "./address.ts";
import { fromBinaryBody, fromJsonBody, readBody } from "./body.ts";

export type AnyResponse = ServerResponse | Http2ServerResponse;

/** Answers a request, or leaves it to somebody else and says so. */
export type Answer = (request: AnyRequest, response: AnyResponse, address: string | undefined) => boolean;

type UnaryServed = Extract<Served, { kind: "unary" }>;

const contentTypes: Readonly<Record<string, "json" | "proto">> = {
  "application/json": "json",
  "application/json; charset=utf-8": "json",
  "application/json;charset=utf-8": "json",
  "application/proto": "proto",
};

/**
 * The fast path of Connect: unary calls by POST, JSON or binary, uncompressed.
 * Connect's own adapter answers the rest, five times dearer. `unread` tells
 * which methods go on to another process, whose binary bodies stay as they are.
 */
export function unaryCalls(methods: ServedMethods, unread: (served: Served) => boolean, maxBytes: number): Answer {
  const byUrl = new Map([...methods].filter((entry): entry is [string, UnaryServed] => entry[1].kind === "unary"));
  return (request, response, address) => {
    const served = byUrl.get(request.url ?? "");
    const type = contentTypes[request.headers["content-type"] ?? ""];
    if (!served || !type || request.method !== "POST" || request.headers["content-encoding"] !== undefined) return false;
    const call = callOf(served, request, address);
    response.on("close", () => {
      if (!response.writableFinished) call.abort(new SignalboxError(Reason.CANCELLED, "the caller went away"));
    });
    const schema = type === "proto" && unread(served) ? EmptySchema : served.method.input;
    readBody(request, maxBytes)
      .then((body) => served.invoke(type === "json" ? fromJsonBody(schema, body) : fromBinaryBody(schema, body), call))
      .then(
        (message) =>
          send(
            response,
            call,
            200,
            type,
            type === "json" ? JSON.stringify(toJson(served.method.output, message)) : bytesOf(served, message),
          ),
        (thrown: unknown) => fail(request, response, call, toConnectError(thrown)),
      );
    return true;
  };
}

const bytesOf = (served: UnaryServed, message: Message): Uint8Array =>
  toBinary(message.$typeName === EmptySchema.typeName ? EmptySchema : served.method.output, message);

/** A call of Connect, as its request says. */
export function callOf(served: Served, request: AnyRequest, address: string | undefined): Call {
  const timeout = Number(request.headers["connect-timeout-ms"]);
  return new Call({
    method: served.method,
    wire: "connect",
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    deadline: Number.isFinite(timeout) && timeout > 0 ? Date.now() + timeout : undefined,
    address,
  });
}

function fail(request: AnyRequest, response: AnyResponse, call: Call, error: ConnectError): void {
  const body = JSON.stringify(errorToJson(error, undefined));
  // A body that is not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  send(response, call, codeToHttpStatus(error.code), "json", body);
}

function send(response: AnyResponse, call: Call, status: number, type: "json" | "proto", body: string | Uint8Array): void {
  if (response.destroyed || response.headersSent) return;
  for (const [name, value] of Object.entries(call.responseHeaders)) response.setHeader(name, value);
  response.statusCode = status;
  response.setHeader("content-type", `application/${type}`);
  response.setHeader("content-length", typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
  (response as ServerResponse).end(body);
}
