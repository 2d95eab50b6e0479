import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { codeOf, reasonName, SignalboxError } from "../errors.ts";

const domain = "signalbox";

// What passes by itself says so, also where nobody knows when.
const passing: ReadonlySet<Reason> = new Set([Reason.UNAVAILABLE, Reason.DEADLINE_EXCEEDED]);
const usualDelayMs = 1_000;

/** What the caller is told of a failure. What is not a named reason leaves as "internal error", with the original as its cause for the log. */
export function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const failure = toFailure(thrown);
  const { reason, metadata, violations, retryAfterMs, message } = failure;
  const error = new ConnectError(message, codeOf(reason), undefined, undefined, failure.cause ?? failure);
  error.details.push({ desc: ErrorInfoSchema, value: { reason: reasonName(reason), domain, metadata } });
  if (violations.length > 0) {
    const fieldViolations = violations.map(({ field, description, rule }) => ({ field, description, reason: rule }));
    error.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  const delay = retryAfterMs ?? (passing.has(reason) ? usualDelayMs : undefined);
  if (delay !== undefined) error.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(delay) } });
  return error;
}

function toFailure(thrown: unknown): SignalboxError {
  if (thrown instanceof SignalboxError) return thrown;
  // What an abort signal throws where it was given no reason: a stream that its reader left.
  const left = thrown instanceof DOMException && thrown.name === "AbortError";
  return left
    ? new SignalboxError(Reason.CANCELLED, "the caller went away", { cause: thrown })
    : new SignalboxError(Reason.INTERNAL, "internal error", { cause: thrown });
}

const reasonByName = new Map<string, Reason>(
  ReasonSchema.values.map(({ name, number }) => [name.slice("REASON_".length), number as Reason]),
);

// What a failure means that came without a reason: from a proxy, or from the network itself.
const reasonByCode = new Map<Code, Reason>([
  [Code.Canceled, Reason.CANCELLED],
  [Code.DeadlineExceeded, Reason.DEADLINE_EXCEEDED],
  [Code.Unimplemented, Reason.METHOD_UNKNOWN],
  [Code.Unavailable, Reason.UNAVAILABLE],
  [Code.ResourceExhausted, Reason.BODY_TOO_LARGE],
]);

/** The failure that another service told of, so that callers can act on its reason. */
export function toSignalboxError(thrown: unknown): SignalboxError {
  if (thrown instanceof SignalboxError) return thrown;
  const error = ConnectError.from(thrown);
  const info = detail(error, ErrorInfoSchema);
  const reason = (info?.domain === domain && reasonByName.get(info.reason)) || reasonByCode.get(error.code) || Reason.INTERNAL;
  const delay = detail(error, RetryInfoSchema)?.retryDelay;
  const violations = detail(error, BadRequestSchema)?.fieldViolations ?? [];
  return new SignalboxError(reason, error.rawMessage, {
    metadata: info?.metadata ?? {},
    violations: violations.map(({ field, description, reason: rule }) => ({ field, description, rule })),
    ...(delay ? { retryAfterMs: durationMs(delay) } : {}),
    cause: thrown,
  });
}

/** A detail of an error, whether the error was made here or came over a wire. */
const detail = <S extends DescMessage>(error: ConnectError, schema: S): MessageShape<S> | undefined => error.findDetails(schema)[0];

/** A status as gRPC names it: "NOT_FOUND". */
export const statusName = (code: Code | undefined): string => (code === undefined ? "OK" : (names[code] ?? "UNKNOWN"));

const names: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Code)
    .filter((entry): entry is [string, number] => typeof entry[1] === "number")
    .map(([name, code]) => [
      code,
      name
        .replace(/(?<=[a-z])[A-Z]/g, "_$&")
        .toUpperCase()
        .replace("CANCELED", "CANCELLED"),
    ]),
);
