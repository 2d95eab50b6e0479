import { type DescMessage, type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { pathOf } from "../rpc/layered.ts";
import { binaryOf } from "./encoding.ts";

/** How grpc-js reads and writes the messages of a method. */
export interface MethodCodec {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: Message) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Message;
  readonly responseSerialize: (message: Message) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Message;
}

export function codecOf(method: DescMethod): MethodCodec {
  return {
    path: pathOf(method),
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: writer(method.input),
    requestDeserialize: reader(method.input),
    responseSerialize: writer(method.output),
    responseDeserialize: reader(method.output),
  };
}

// A view of the same memory: nothing is copied.
const writer = (schema: DescMessage) => (message: Message) => {
  const bytes = binaryOf(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const reader = (schema: DescMessage) => (bytes: Buffer) => {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw new SignalboxError(Reason.BODY_INVALID, `the body is not a valid ${schema.typeName}`, { cause });
  }
};
