import { type DescMethod, type Message, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import type { Plane } from "./plane.ts";

export type Wire = "connect" | "grpc";

/** How a call ended. */
export interface Answer {
  /** OK, or the reason of the refusal: "NOT_FOUND". A status without a reason appears by its name. */
  readonly reason: string;
  readonly error?: ConnectError;
  /** The answer, or the first message of a stream. */
  readonly message?: Message;
}

/** Calls any method. Streams are left after their first message; what opens one without any is refused or waits for `timeoutMs`. */
export async function answer(
  { client }: Pick<Plane, "client">,
  method: DescMethod,
  request: Message,
  token: string | undefined,
  { wire = wireFor(method), headers = {}, timeoutMs = 10_000 }: { wire?: Wire; headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Answer> {
  const calls = client(method.parent, token, wire) as unknown as Record<string, (input: unknown, options: object) => unknown>;
  const call = calls[method.localName] as NonNullable<(typeof calls)[string]>;
  const ended = new AbortController();
  try {
    if (method.methodKind === "unary") return { reason: "OK", message: (await call(request, { headers, timeoutMs })) as Message };
    const input = method.methodKind === "bidi_streaming" ? once(request) : request;
    const messages = call(input, { headers, signal: ended.signal, timeoutMs }) as AsyncIterable<Message>;
    for await (const message of messages) return { reason: "OK", message };
    return { reason: "OK" };
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return { reason: reasonOf(error), error };
  } finally {
    ended.abort();
  }
}

/** HTTP/1.1 has no bidirectional streams. */
export const wireFor = (method: DescMethod): Wire => (method.methodKind === "bidi_streaming" ? "grpc" : "connect");

/** The reason that a failure states: "NOT_FOUND". */
export function reasonOf(error: unknown): string {
  const known = ConnectError.from(error);
  return known.findDetails(ErrorInfoSchema)[0]?.reason ?? `status ${Code[known.code]}`;
}

/** A reason, or OK where the call is done. */
export const outcome = (call: Promise<unknown>): Promise<string> => call.then(() => "OK", reasonOf);

/** Everything that a caller was told, as text. */
export function told({ error, message }: Answer, { output }: DescMethod): string {
  return error ? `${error.message} ${JSON.stringify(error.details)}` : message ? toJsonString(output, message) : "";
}

async function* once(message: Message) {
  yield message;
}
