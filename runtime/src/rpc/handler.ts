import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Call } from "./call.ts";
import type { Joined } from "./joined.ts";

/** What a service does for one method: the work, and nothing that the layers do around it. */
export type Handler<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, call: Call) => Promise<MessageInitShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, call: Call) => AsyncIterable<MessageInitShape<O> | Joined>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: AsyncIterable<MessageShape<I>>, call: Call) => Promise<MessageInitShape<O>>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? (requests: AsyncIterable<MessageShape<I>>, call: Call) => AsyncIterable<MessageInitShape<O>>
          : never;

/** The handlers of a service: one for each of its methods, none missing. */
export type Handlers<S extends DescService> = { readonly [P in keyof S["method"]]: Handler<S["method"][P]> };

/**
 * A method as the layers see it: messages in, messages out, whatever its kind.
 * A unary call and the request of a server stream are one message; the answer
 * of a unary call and of a client stream is one message.
 */
export type Unary = (request: Message, call: Call) => Promise<Message>;
export type Stream = (requests: AsyncIterable<Message>, call: Call) => AsyncIterable<Message>;

/** A method ready to be served over any wire. */
export type Served =
  | { readonly kind: "unary"; readonly method: DescMethodUnary; readonly invoke: Unary }
  | { readonly kind: "stream"; readonly method: DescMethod; readonly invoke: Stream };

/** Work done around every call, written once for both shapes. */
export interface Layer {
  readonly unary: (next: Unary) => Unary;
  readonly stream: (next: Stream) => Stream;
}
