import { getOption } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { Reason, ReasonSchema } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { status } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";

/** A broken rule of the contract: which field, and what would be right. */
export interface Violation {
  /** The path of the field as the contract spells it: "steps[2].name". */
  readonly field: string;
  readonly description: string;
  /** The rule's id, such as "string.max_len". */
  readonly rule: string;
}

export interface FailureDetail {
  /** Facts a program may act on. Never secrets: they reach the caller and the log. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Field by field, for FIELD_INVALID. */
  readonly violations?: readonly Violation[];
  /** When a repeat may succeed. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure that callers are told about, identified by its {@link Reason}. Any other error reaches them as INTERNAL. */
export class SignalboxError extends Error {
  override readonly name = "SignalboxError";
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, message: string, { metadata = {}, violations = [], retryAfterMs, cause }: FailureDetail = {}) {
    super(message, { cause });
    this.reason = reason;
    this.metadata = metadata;
    this.violations = violations;
    this.retryAfterMs = retryAfterMs;
  }
}

/** There is no such resource, or the caller may not read it: the two must not be told apart. */
export function notFound(type: string, reference: string): SignalboxError {
  return new SignalboxError(Reason.NOT_FOUND, `there is no ${type.replaceAll("_", " ")} "${reference}", or you may not see it`, {
    metadata: { type, reference },
  });
}

/** One field of the request is wrong in a way that the contract's rules cannot say. */
export function fieldInvalid(field: string, description: string, rule = "signalbox"): SignalboxError {
  return new SignalboxError(Reason.FIELD_INVALID, `${field}: ${description}`, { violations: [{ field, description, rule }] });
}

/** The program has no place for the call. When to come back differs from call to call, so that not all come at once. */
export function overloaded(): SignalboxError {
  const retryAfterMs = 500 + Math.round(Math.random() * 1_500);
  return new SignalboxError(Reason.OVERLOADED, "the server has more calls under way than it can carry; repeat after the stated delay", {
    retryAfterMs,
  });
}

/** The gRPC status declared beside a reason in the contract. */
export function codeOf(reason: Reason): Code {
  const value = ReasonSchema.value[reason];
  return value ? (getOption(value, status) as Code) : Code.Internal;
}

/** A reason's name as it travels: "NOT_FOUND". */
export function reasonName(reason: Reason): string {
  return (ReasonSchema.value[reason]?.name ?? "REASON_INTERNAL").slice("REASON_".length);
}
