import type { DescMethod, Message } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";

const seen = new WeakMap<DescMethod, DescMethod>();

/**
 * The same method with messages that nobody reads: every field of an Empty is
 * an unknown field, and protobuf keeps the bytes of those as they came.
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
