import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { ServedMethods } from "@signalbox/runtime/rpc/layered.ts";
import { enveloped, prefixBytes } from "@signalbox/runtime/wire/envelope.ts";
import { detailsKey, toGrpcStatus } from "@signalbox/runtime/wire/grpc-status.ts";
import { envelopeBytes, fromBinaryBody, readBody } from "./body.ts";
import { answerBytes, sealed } from "./opaque.ts";
import { type Answer, callOf, unaryOf } from "./unary.ts";

const contentTypes = new Set(["application/grpc", "application/grpc+proto"]);
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** The fast path of gRPC: unary calls over HTTP/2 without compression. Connect's own adapter answers the rest, as in unary.ts. */
export function grpcCalls(methods: ServedMethods, unread: boolean, maxBytes: number): Answer {
  const byUrl = unaryOf(methods);
  return (request, answered, address, headers) => {
    const { "content-type": type = "", "grpc-encoding": encoding = "identity", "grpc-timeout": timeout } = request.headers;
    const served = contentTypes.has(type) && request.httpVersionMajor === 2 ? byUrl.get(request.url ?? "") : undefined;
    const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(timeout ?? "")) ?? [];
    if (!served || request.method !== "POST" || encoding !== "identity" || (timeout !== undefined && !unit)) return false;
    const timeoutMs = unit === undefined ? undefined : Number(amount) * (units[unit] ?? 0);
    const call = callOf(served, "grpc", request as Http2ServerRequest, address, timeoutMs);
    const response = answered as Http2ServerResponse;
    const { stream } = response;
    stream.on("close", () => {
      if (!call.answered) call.abort(new SignalboxError(Reason.CANCELLED, "the caller went away"));
    });
    const begin = { ...headers, "content-type": type };
    const { input } = served.method;
    const answer = async () => {
      try {
        const body = messageIn(await readBody(request, maxBytes + prefixBytes, envelopeBytes));
        const message = await served.invoke(unread ? sealed(body) : fromBinaryBody(input, body), call);
        const bytes = enveloped(answerBytes(served.method, message));
        call.answered = true;
        if (stream.destroyed) return;
        response.addTrailers({ "grpc-status": "0" });
        response.writeHead(200, begin);
        response.end(bytes);
      } catch (thrown) {
        call.answered = true;
        if (stream.destroyed || stream.headersSent) return;
        stream.respond({ ":status": 200, ...begin, ...statusOf(thrown) }, { endStream: true });
        // What still comes of the request is of no use to anybody.
        if (!request.complete) stream.close();
      }
    };
    void answer();
    return true;
  };
}

/** The one message of a body. Fails as gRPC asks for where there is none, or more. */
function messageIn(body: Buffer): Buffer {
  if (body.length === 0) throw new ConnectError("the call carries no request", Code.Unimplemented);
  if (body.length < prefixBytes) throw incomplete();
  if (body[0] !== 0) throw new ConnectError("the request is compressed, and does not say how", Code.Internal);
  const end = prefixBytes + body.readUInt32BE(1);
  if (body.length < end) throw incomplete();
  if (body.length > end) throw new ConnectError("the call carries more than one request", Code.Unimplemented);
  return body.subarray(prefixBytes);
}

const incomplete = () => new SignalboxError(Reason.BODY_INVALID, "the request ends before its message does");

/** A failure as gRPC writes it into headers. */
export function statusOf(thrown: unknown): Record<string, string> {
  const { code, details, metadata } = toGrpcStatus(thrown);
  const [packed] = metadata.get(detailsKey);
  return {
    "grpc-status": String(code),
    "grpc-message": encodeURIComponent(details),
    ...(packed === undefined ? {} : { [detailsKey]: Buffer.from(packed).toString("base64").replace(/=+$/, "") }),
  };
}
