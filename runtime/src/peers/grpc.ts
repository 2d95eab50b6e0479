import type { SecureContext } from "node:tls";
import { create, type DescMethod, type DescMethodUnary, type Message, type MessageShape } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { isRepeatable } from "../contract/policy-of.ts";
import type { Call } from "../rpc/call.ts";
import { startClientSpan } from "../telemetry/tracing.ts";
import { codecOf, type MethodCodec } from "../wire/codec.ts";
import { maxMessageBytes } from "../wire/grpc-server.ts";
import { statusName, toSignalboxError } from "../wire/status.ts";
import { type GivenHeaders, outgoingHeaders, type Proof } from "./headers.ts";
import { repeats } from "./repeats.ts";
import { replicas } from "./replicas.ts";
import { callStream } from "./stream.ts";
import { callUnary } from "./unary.ts";
import { left, type Way } from "./way.ts";

export interface GrpcPeer {
  readonly callee: string;
  /** Undefined where calls are passed on for others. */
  readonly proof: Proof | undefined;
  /** "dns:///runs:4317" or "127.0.0.1:4317"; a name that stands for several addresses is balanced over all. */
  readonly address: string;
  /** What programs of the mesh know each other by; without it they speak in clear text. */
  readonly tls?: SecureContext | undefined;
}

export interface GrpcChannel {
  readonly transport: Transport;
  /** Passes a unary call on: bytes to bytes, which nobody looks at. Fails with what the callee says. */
  pass(method: DescMethodUnary, bytes: Buffer, call: Call, headers: Readonly<Record<string, string>>): Promise<Buffer>;
  close(): void;
}

const defaultTimeoutMs = 15_000;
// Answers gather what requests brought one by one.
const maxAnswerBytes = maxMessageBytes * 4;

/** A peer in another process: connections that keep themselves alive, balanced, and what may be repeated is. */
export function grpcChannel({ callee, proof, address, tls }: GrpcPeer): GrpcChannel {
  const way: Way = { callee, replicas: replicas(address, tls), repeats: repeats() };
  const codecs = new Map<DescMethod, MethodCodec>();
  const codec = (method: DescMethod): MethodCodec => {
    let known = codecs.get(method);
    if (!known) {
      known = codecOf(method);
      codecs.set(method, known);
    }
    return known;
  };

  function headOf(method: DescMethod, given: GivenHeaders): Record<string, string> {
    const head = outgoingHeaders(given, proof, callee);
    head[":method"] = "POST";
    head[":path"] = codec(method).path;
    head.te = "trailers";
    head["content-type"] = "application/grpc";
    return head;
  }

  function ask(
    method: DescMethodUnary,
    bytes: Buffer,
    deadline: number,
    given: GivenHeaders,
    started: (cancel: () => void) => void,
  ): Promise<Buffer> {
    const span = startClientSpan(method, "grpc");
    return span.run(
      () =>
        new Promise((resolve, reject) => {
          const request = { head: headOf(method, given), deadline, bytes, maxAnswerBytes, repeatable: isRepeatable(method) };
          const giveUp = callUnary(way, request, (failure, answer) => {
            span.end(statusName(failure?.code));
            if (failure) reject(toSignalboxError(failure));
            else resolve(answer);
          });
          started(() => giveUp(left()));
        }),
    );
  }

  const transport: Transport = {
    async unary(method, signal, timeoutMs, given, input) {
      const { requestSerialize, responseDeserialize } = codec(method);
      const bytes = requestSerialize(create(method.input, input) as Message);
      let cancel = () => {};
      const stop = () => cancel();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        const answer = await ask(method, bytes, Date.now() + (timeoutMs ?? defaultTimeoutMs), given, (now) => {
          cancel = now;
          if (signal?.aborted) cancel();
        });
        const message = responseDeserialize(answer) as MessageShape<typeof method.output>;
        return { stream: false, service: method.parent, method, header: noHeaders, trailer: noHeaders, message };
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },

    async stream(method, signal, timeoutMs, given, input) {
      const { requestSerialize, responseDeserialize } = codec(method);
      const sent = converted(input, (each) => requestSerialize(create(method.input, each as never) as Message));
      const again = method.methodKind === "server_streaming" && isRepeatable(method);
      const answers = callStream(way, {
        head: headOf(method, given),
        deadline: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
        messages: again ? await listed(sent) : sent,
        maxAnswerBytes,
        signal,
      });
      const message = received(answers, (bytes) => responseDeserialize(bytes) as MessageShape<typeof method.output>);
      return { stream: true, service: method.parent, method, header: noHeaders, trailer: noHeaders, message };
    },
  };
  return {
    transport,
    pass: (method, bytes, call, headers) =>
      ask(method, bytes, call.deadline ?? Date.now() + defaultTimeoutMs, headers, (cancel) => call.onAbort(cancel)),
    close: () => way.replicas.close(),
  };
}

// Between services nothing is said in headers.
const noHeaders = new Headers();

async function* converted<A, B>(source: AsyncIterable<A>, convert: (each: A) => B): AsyncIterable<B> {
  for await (const each of source) yield convert(each);
}

async function listed<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const each of source) list.push(each);
  return list;
}

async function* received<T>(source: AsyncIterable<Buffer>, read: (bytes: Buffer) => T): AsyncIterable<T> {
  try {
    for await (const each of source) yield read(each);
  } catch (thrown) {
    throw toSignalboxError(thrown);
  }
}
