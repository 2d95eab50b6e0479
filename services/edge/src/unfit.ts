import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { contentTypeStreamRegExp, contentTypeUnaryRegExp } from "@connectrpc/connect/protocol-connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { AnyRequest } from "./address.ts";
import { fromJsonBody } from "./body.ts";

/** Why a request cannot be a call of the method at its path, and what would be one. */
export interface Unfit {
  readonly status: 400 | 405 | 415 | 505;
  readonly reason: Reason;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Looks at how a method is asked for. Connect's adapter answers what does not fit with a status and not a word. */
export function unfit({ method = "", url = "", headers, httpVersionMajor }: AnyRequest, called: DescMethod): Unfit | undefined {
  const reason = Reason.METHOD_UNKNOWN;
  const unary = called.methodKind === "unary";
  if (called.methodKind === "bidi_streaming" && httpVersionMajor === 1) {
    // Clients that count on both ways at once may wait for ever on this connection.
    return { status: 505, reason, headers: { connection: "close" }, message: "this method streams both ways, and needs HTTP/2" };
  }
  const reads = unary && called.idempotency === Idempotency.NO_SIDE_EFFECTS;
  if (method === "GET" && reads) {
    if (/[?&]encoding=(json|proto)(&|$)/.test(url)) return unreadable(url, called.input);
    return {
      status: 415,
      reason,
      headers: {},
      message: "a call by GET has its request in the query, such as ?encoding=json&message={}; or send a POST",
    };
  }
  if (method !== "POST") {
    const allow = reads ? "POST, GET" : "POST";
    return {
      status: 405,
      reason,
      headers: { allow },
      message: `this method is called by ${allow.replace(", ", " or ")}, not by ${method}`,
    };
  }
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/grpc") || (unary ? contentTypeUnaryRegExp : contentTypeStreamRegExp).test(type)) return undefined;
  const wanted = unary
    ? 'send "Content-Type: application/json"'
    : 'this method streams: use a client of Connect or gRPC, or send envelopes with "Content-Type: application/connect+json"';
  return { status: 415, reason, headers: {}, message: `${wanted}, not ${type ? `"${type.slice(0, 100)}"` : "none"}` };
}

/** Whether the JSON in a query is as wrong as a body may be: the adapter would say so without the reason, and read it however deep. */
function unreadable(url: string, input: DescMessage): Unfit | undefined {
  const query = new URL(url, "http://localhost").searchParams;
  if (query.get("encoding") !== "json" || query.get("compression")) return undefined;
  try {
    fromJsonBody(input, Buffer.from(query.get("message") ?? "", query.get("base64") === "1" ? "base64url" : "utf8"));
    return undefined;
  } catch (error) {
    return { status: 400, reason: Reason.BODY_INVALID, headers: {}, message: (error as Error).message };
  }
}
