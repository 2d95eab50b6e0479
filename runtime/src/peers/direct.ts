import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type Message,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import { Call } from "../rpc/call.ts";
import type { Served } from "../rpc/handler.ts";
import { apart } from "../rpc/joined.ts";
import { pathOf, type ServedMethods } from "../rpc/layered.ts";
import { toSignalboxError } from "../wire/status.ts";
import { type GivenHeaders, outgoingHeaders, type Proof } from "./headers.ts";

export interface DirectPeer {
  readonly callee: string;
  /** Undefined where calls are passed on for others. */
  readonly proof: Proof | undefined;
  /** The methods of the callee; asked for at each call, because services are assembled one after the other. */
  readonly methods: () => ServedMethods;
  /** Whether messages are encoded and decoded on the way, as between processes: in tests, to catch objects that are shared. */
  readonly copies?: boolean;
}

interface Opened {
  readonly served: Served;
  readonly call: Call;
  /** Has to be called when the call is over: the signal of whoever calls may last as long as the process, and would remember each call. */
  readonly close: () => void;
}

/** A peer in this process: a call through the same layers, without a wire. */
export function directTransport({ callee, proof, methods, copies = false }: DirectPeer): Transport {
  const pass = <D extends DescMessage>(schema: D, message: MessageShape<D>): MessageShape<D> =>
    copies ? fromBinary(schema, toBinary(schema, message)) : message;

  function open(
    method: DescMethodUnary | DescMethodStreaming,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    given: GivenHeaders,
  ): Opened {
    const served = methods().get(pathOf(method));
    if (!served) throw new SignalboxError(Reason.METHOD_UNKNOWN, `${callee} does not answer ${pathOf(method)}`);
    const headers = outgoingHeaders(given, proof, callee);
    const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    const call = new Call({ method, wire: "direct", header: (name) => headers[name], deadline });
    const abort = () => call.abort(signal?.reason);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    return { served, call, close: () => signal?.removeEventListener("abort", abort) };
  }

  return {
    async unary(method, signal, timeoutMs, header, input) {
      let opened: Opened | undefined;
      try {
        opened = open(method, signal, timeoutMs, header);
        const { served, call } = opened;
        if (served.kind !== "unary") throw new Error(`${pathOf(method)} is a stream`);
        const response = await served.invoke(pass(method.input, create(method.input, input)) as Message, call);
        const message = pass(method.output, response as MessageShape<typeof method.output>);
        return { stream: false, service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
      } catch (thrown) {
        throw toSignalboxError(thrown);
      } finally {
        opened?.close();
      }
    },

    async stream(method, signal, timeoutMs, header, input) {
      const { served, call, close } = open(method, signal, timeoutMs, header);
      if (served.kind !== "stream") throw new Error(`${pathOf(method)} is not a stream`);
      const requests = converted(input, (each) => pass(method.input, create(method.input, each)));
      const responses = served.invoke(requests as AsyncIterable<Message>, call);
      const passed = answers(responses, (each) => pass(method.output, each as MessageShape<typeof method.output>));
      const message = ended(passed, close);
      return { stream: true, service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
    },
  };
}

async function* converted<A, B>(source: AsyncIterable<A>, convert: (each: A) => B): AsyncIterable<B> {
  for await (const each of source) yield convert(each);
}

async function* answers<T>(source: AsyncIterable<Message>, convert: (each: Message) => T): AsyncIterable<T> {
  for await (const each of source) yield* apart(each).map(convert);
}

async function* ended<T>(source: AsyncIterable<T>, close: () => void): AsyncIterable<T> {
  try {
    yield* source;
  } catch (thrown) {
    throw toSignalboxError(thrown);
  } finally {
    close();
  }
}
