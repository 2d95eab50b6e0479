import { create, type DescMethodStreaming, type DescMethodUnary, type Message, type MessageShape } from "@bufbuild/protobuf";
import type { Code, Transport } from "@connectrpc/connect";
import { type ChannelCredentials, Client, type ClientDuplexStream, getClientChannel, Metadata, type ServiceError } from "@grpc/grpc-js";
import { isRepeatable } from "../contract/policy-of.ts";
import { everyService } from "../contract/services.ts";
import type { Call } from "../rpc/call.ts";
import { startClientSpan } from "../telemetry/tracing.ts";
import { codecOf, type MethodCodec } from "../wire/codec.ts";
import { maxMessageBytes } from "../wire/grpc-server.ts";
import { fromGrpcStatus } from "../wire/grpc-status.ts";
import { statusName, toSignalboxError } from "../wire/status.ts";
import { type GivenHeaders, outgoingHeaders, type Proof } from "./headers.ts";
import { callUnary } from "./unary.ts";

export interface GrpcPeer {
  readonly callee: string;
  /** Undefined where calls are passed on for others. */
  readonly proof: Proof | undefined;
  /** "dns:///runs:4317" or "127.0.0.1:4317"; a name that stands for several addresses is balanced over all. */
  readonly address: string;
  readonly credentials: ChannelCredentials;
}

export interface GrpcChannel {
  readonly transport: Transport;
  /** Passes a unary call on: bytes to bytes, which nobody looks at. Fails with what the callee says. */
  pass(method: DescMethodUnary, bytes: Buffer, call: Call, headers: Readonly<Record<string, string>>): Promise<Buffer>;
  close(): void;
}

const defaultTimeoutMs = 15_000;

/** A peer in another process: one channel that keeps itself alive, balances, and repeats what may be repeated. */
export function grpcChannel({ callee, proof, address, credentials }: GrpcPeer): GrpcChannel {
  const client = new Client(address, credentials, {
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.initial_reconnect_backoff_ms": 100,
    // A program that was killed is back in a second or two, and is to be found at once then.
    "grpc.max_reconnect_backoff_ms": 500,
    // A name is looked up again when a connection ends; left to itself, half a minute later.
    "grpc.dns_min_time_between_resolutions_ms": 2_000,
    "grpc.max_receive_message_length": maxMessageBytes * 4,
    "grpc.enable_retries": 1,
    // Statistics that nobody reads, kept on every call.
    "grpc.enable_channelz": 0,
    "grpc.service_config": serviceConfig,
  });
  const channel = getClientChannel(client);
  const codecs = new Map<DescMethodUnary | DescMethodStreaming, MethodCodec>();
  const codec = (method: DescMethodUnary | DescMethodStreaming): MethodCodec => {
    let known = codecs.get(method);
    if (!known) {
      known = codecOf(method);
      codecs.set(method, known);
    }
    return known;
  };

  function metadataOf(given: GivenHeaders, waitForReady: boolean): Metadata {
    const metadata = new Metadata({ waitForReady });
    for (const [name, value] of Object.entries(outgoingHeaders(given, proof, callee))) metadata.set(name, value);
    return metadata;
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
          const metadata = metadataOf(given, isRepeatable(method));
          const cancel = callUnary(channel, { path: codec(method).path, metadata, deadline, bytes }, (failure, answer) => {
            span.end(statusName(failure?.code as number as Code | undefined));
            if (failure) reject(toSignalboxError(fromGrpcStatus(failure)));
            else resolve(answer);
          });
          started(cancel);
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

    async stream(method, signal, timeoutMs, header, input) {
      const { path, requestSerialize, responseDeserialize } = codec(method);
      const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadataOf(header, true), options);
      // Failures reach the reader through the iterator.
      call.on("error", () => {});
      const cancel = () => call.cancel();
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
      void send(call, input as AsyncIterable<Message>, (each) => create(method.input, each as never) as Message);
      const message = receive(call, () => signal?.removeEventListener("abort", cancel)) as AsyncIterable<
        MessageShape<typeof method.output>
      >;
      return { stream: true, service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
    },
  };
  return {
    transport,
    pass: (method, bytes, call, headers) =>
      ask(method, bytes, call.deadline ?? Date.now() + defaultTimeoutMs, headers, (cancel) => call.onAbort(cancel)),
    close: () => client.close(),
  };
}

// Between services nothing is said in headers.
const noHeaders = new Headers();

async function send(
  call: ClientDuplexStream<Message, Message>,
  input: AsyncIterable<Message>,
  shape: (each: Message) => Message,
): Promise<void> {
  try {
    for await (const each of input) {
      if (call.destroyed) return;
      if (!call.write(shape(each))) await new Promise<void>((resolve) => call.once("drain", resolve).once("close", resolve));
    }
    call.end();
  } catch {
    call.cancel();
  }
}

async function* receive(call: ClientDuplexStream<Message, Message>, done: () => void): AsyncIterable<Message> {
  try {
    for await (const each of call) yield each as Message;
  } catch (thrown) {
    throw toSignalboxError("code" in (thrown as object) ? fromGrpcStatus(thrown as ServiceError) : thrown);
  } finally {
    done();
    call.cancel();
  }
}

// Only methods that the contract calls repeatable are repeated, and only where too many failures do not make that worse.
const serviceConfig = JSON.stringify({
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: everyService.flatMap(({ typeName, methods }) =>
        methods.filter(isRepeatable).map(({ name }) => ({ service: typeName, method: name })),
      ),
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.05s",
        maxBackoff: "1s",
        backoffMultiplier: 3,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
});
