import { type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";

const seen = new WeakMap<DescMethod, DescMethod>();

/**
 * The same method with messages that nobody reads, for Connect's adapter, which
 * has to have messages: every field of an Empty is an unknown field, and
 * protobuf keeps the bytes of those as they came.
 */
export function unread<M extends DescMethod>(method: M): M {
  let found = seen.get(method);
  if (!found) {
    found = { ...method, input: EmptySchema, output: EmptySchema } as DescMethod;
    seen.set(method, found);
  }
  return found as M;
}

/** The method as it must be called for a request that was read, or was not. */
export function opaque<M extends DescMethod>(method: M, request: Message): M {
  return request.$typeName === EmptySchema.typeName && method.input.typeName !== EmptySchema.typeName ? unread(method) : method;
}

/** A message as it came: protobuf that nobody has looked into. */
export interface Sealed extends Message {
  readonly bytes: Buffer;
}

const sealedName = "signalbox.edge.Sealed";

export const sealed = (bytes: Buffer): Sealed => ({ $typeName: sealedName, bytes });

const isSealed = (message: Message): message is Sealed => message.$typeName === sealedName;

/** The bytes of a request, whichever way it came in. */
export function requestBytes(method: DescMethod, request: Message): Buffer {
  return isSealed(request) ? request.bytes : bytesOf(toBinary(opaque(method, request).input, request));
}

/** An answer in the way that its request came in. */
export function answerFrom(method: DescMethod, request: Message, bytes: Buffer): Message {
  return isSealed(request) ? sealed(bytes) : fromBinary(opaque(method, request).output, bytes);
}

/** The bytes of an answer for whoever takes protobuf. */
export function answerBytes(method: DescMethod, answer: Message): Buffer {
  return isSealed(answer) ? answer.bytes : bytesOf(toBinary(method.output, answer));
}

// A view of the same memory: nothing is copied.
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
