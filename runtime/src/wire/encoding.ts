import { type DescMessage, type Message, type Registry, toBinary, toJson } from "@bufbuild/protobuf";

/** What messages that go to many were encoded as; undefined before the first of them is sent. */
interface Encodings {
  binary?: Uint8Array;
  json?: Uint8Array;
}

const shared = new WeakMap<Message, Encodings>();
const utf8 = new TextEncoder();

/** Says that a message goes to many receivers and does not change any more: it is then encoded once, for all of them. */
export function forMany<M extends Message>(message: M): M {
  shared.set(message, {});
  return message;
}

/** A message in protobuf. */
export function binaryOf(schema: DescMessage, message: Message): Uint8Array {
  const known = shared.get(message);
  if (!known) return toBinary(schema, message);
  known.binary ??= toBinary(schema, message);
  return known.binary;
}

/** A message as JSON text in UTF-8. `registry` knows what an Any may hold. */
export function jsonOf(schema: DescMessage, message: Message, registry?: Registry): Uint8Array {
  const encode = () => utf8.encode(JSON.stringify(toJson(schema, message, registry && { registry })));
  const known = shared.get(message);
  if (!known) return encode();
  known.json ??= encode();
  return known.json;
}
