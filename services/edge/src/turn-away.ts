import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { endStreamFlag, endStreamToJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { overloaded } from "@signalbox/runtime/errors.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import type { AnyRequest } from "./address.ts";
import { statusOf } from "./grpc.ts";
import type { AnyResponse } from "./unary.ts";

/** A refusal, ready for each protocol. */
interface Refusal {
  readonly unary: Buffer;
  readonly stream: Uint8Array;
  readonly grpc: Readonly<Record<string, string>>;
}

// Ready beforehand, because it has to cost next to nothing; several, so that those who were refused do not come back together.
const refusals: readonly Refusal[] = Array.from({ length: 8 }, refusal);

function refusal(): Refusal {
  const error = toConnectError(overloaded());
  return {
    unary: Buffer.from(JSON.stringify(errorToJson(error, undefined))),
    stream: encodeEnvelope(endStreamFlag, Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, undefined)))),
    grpc: statusOf(error),
  };
}

/** A body of so many bytes is let come, so that the connection can be used again. */
const readToItsEnd = 64 * 1024;

/** Whoever asks again at once is slowed down by this: else to refuse them would take the time of those who were let in. */
const pauseMs = () => 200 + Math.random() * 400;

/** Refuses a call with OVERLOADED in its own protocol, without reading it, after less than a second. */
export function turnAway(request: AnyRequest, response: AnyResponse): void {
  const timer = setTimeout(() => {
    if (!response.destroyed) refuse(request, response);
  }, pauseMs());
  response.once("close", () => clearTimeout(timer));
}

function refuse(request: AnyRequest, response: AnyResponse): void {
  const ready = refusals[Math.floor(Math.random() * refusals.length)] as Refusal;
  const type = request.headers["content-type"] ?? "";
  let body: Uint8Array = ready.unary;
  if (type.startsWith("application/grpc")) {
    response.setHeader("content-type", type);
    for (const [name, value] of Object.entries(ready.grpc)) response.setHeader(name, value);
    body = new Uint8Array();
  } else if (type.startsWith("application/connect+")) {
    response.setHeader("content-type", type);
    body = ready.stream;
  } else {
    response.statusCode = 429;
    response.setHeader("content-type", "application/json");
  }
  if (request.httpVersionMajor === 1) {
    const short =
      Number(request.headers["content-length"] ?? (request.headers["transfer-encoding"] ? Number.POSITIVE_INFINITY : 0)) <= readToItsEnd;
    if (!short) response.setHeader("connection", "close");
    (response as ServerResponse).end(body);
    if (short) request.resume();
    return;
  }
  const { stream } = response as Http2ServerResponse;
  response.once("finish", () => {
    if (!request.complete) stream.close();
  });
  (response as Http2ServerResponse).end(body);
  request.resume();
}
