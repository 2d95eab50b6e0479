import type { IncomingHttpHeaders } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { Metadata, type StatusObject } from "@grpc/grpc-js";
import { StatusSchema } from "@signalbox/gen/google/rpc/status_pb.ts";
import { toConnectError } from "./status.ts";

/** The trailer that gRPC clients read the details of a failure from. */
export const detailsKey = "grpc-status-details-bin";

/** Metadata whose bytes go out without padding, as gRPC asks of servers; grpc-js pads them. */
class Trailers extends Metadata {
  override clone(): Trailers {
    const copy = new Trailers();
    copy.merge(this);
    return copy;
  }

  override toHttp2Headers(): ReturnType<Metadata["toHttp2Headers"]> {
    const headers = super.toHttp2Headers();
    const padded = headers[detailsKey];
    if (typeof padded === "string") headers[detailsKey] = padded.replace(/=+$/, "");
    return headers;
  }
}

/** A failure as grpc-js sends it, with its details in the trailer that gRPC clients read them from. */
export function toGrpcStatus(thrown: unknown): StatusObject & Error {
  const { code, rawMessage, details } = toConnectError(thrown);
  const metadata = new Trailers();
  if (details.length > 0) {
    const packed = details.map((detail) =>
      "desc" in detail
        ? anyPack(detail.desc, create(detail.desc, detail.value))
        : { $typeName: "google.protobuf.Any" as const, typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    );
    metadata.set(detailsKey, Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message: rawMessage, details: packed }))));
  }
  return Object.assign(new Error(rawMessage), { code: code as number, details: rawMessage, metadata });
}

/** The failure that the headers or trailers of an answer tell of; undefined where they say that all is well. */
export function failureIn(headers: IncomingHttpHeaders): ConnectError | undefined {
  const code = Number(headers["grpc-status"]);
  if (code === 0) return undefined;
  const failure = new ConnectError(decoded(String(headers["grpc-message"] ?? "")), Code[code] === undefined ? Code.Unknown : code);
  const packed = headers[detailsKey];
  if (typeof packed === "string") {
    failure.details = fromBinary(StatusSchema, Buffer.from(packed, "base64")).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  }
  return failure;
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
