import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { contentTypeStreamRegExp, contentTypeUnaryRegExp } from "@connectrpc/connect/protocol-connect";
import type { AnyRequest } from "./address.ts";

/** Why a request cannot be a call of the method at its path, and what would be one. */
export interface Unfit {
  readonly status: 405 | 415 | 505;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Looks at how a method is asked for. Connect's adapter answers what does not fit with a status and not a word. */
export function unfit({ method = "", url = "", headers, httpVersionMajor }: AnyRequest, called: DescMethod): Unfit | undefined {
  const unary = called.methodKind === "unary";
  if (called.methodKind === "bidi_streaming" && httpVersionMajor === 1) {
    // Clients that count on both ways at once may wait for ever on this connection.
    return { status: 505, headers: { connection: "close" }, message: "this method streams both ways, and needs HTTP/2" };
  }
  const reads = unary && called.idempotency === Idempotency.NO_SIDE_EFFECTS;
  if (method === "GET" && reads) {
    if (/[?&]encoding=(json|proto)(&|$)/.test(url)) return undefined;
    return {
      status: 415,
      headers: {},
      message: "a call by GET has its request in the query, such as ?encoding=json&message={}; or send a POST",
    };
  }
  if (method !== "POST") {
    const allow = reads ? "POST, GET" : "POST";
    return { status: 405, headers: { allow }, message: `this method is called by ${allow.replace(", ", " or ")}, not by ${method}` };
  }
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/grpc") || (unary ? contentTypeUnaryRegExp : contentTypeStreamRegExp).test(type)) return undefined;
  const wanted = unary
    ? 'send "Content-Type: application/json"'
    : 'this method streams: use a client of Connect or gRPC, or send envelopes with "Content-Type: application/connect+json"';
  return { status: 415, headers: {}, message: `${wanted}, not ${type ? `"${type.slice(0, 100)}"` : "none"}` };
}
