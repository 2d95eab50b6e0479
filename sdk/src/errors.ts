import { Code } from "@connectrpc/connect";

/** A broken rule of the contract: which field, and what would be right. */
export interface Violation {
  /** The path of the field as the contract spells it: "steps[2].name". */
  readonly field: string;
  readonly description: string;
  /** The rule's id, such as "string.max_len". */
  readonly rule: string;
}

export interface Failure {
  /** What a program branches on: a reason of the contract such as "NOT_FOUND", or one that the client itself gives. */
  readonly reason: string;
  readonly message: string;
  readonly code: Code;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  /** When a repeat may succeed. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the request surely never reached the server. */
  readonly unsent?: boolean;
  readonly cause?: unknown;
}

/**
 * Every failure of a call. `reason` is the server's, the same in every
 * protocol. Where no server answered it is UNAVAILABLE, DEADLINE_EXCEEDED,
 * CANCELLED or HTTP2_UNAVAILABLE.
 */
export class SignalboxError extends Error {
  override readonly name = "SignalboxError";
  readonly reason: string;
  readonly code: Code;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly retryAfterMs: number | undefined;
  readonly unsent: boolean;

  constructor({ reason, message, code, metadata = {}, violations = [], retryAfterMs, unsent = false, cause }: Failure) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.code = code;
    this.metadata = metadata;
    this.violations = violations;
    this.retryAfterMs = retryAfterMs;
    this.unsent = unsent;
  }
}

/** Whether a failure is a {@link SignalboxError} with one of these reasons. */
export function failedWith(error: unknown, ...reasons: readonly string[]): error is SignalboxError {
  return error instanceof SignalboxError && reasons.includes(error.reason);
}

/** The caller asked for something that cannot be: a fault of the program, found before anything is sent. */
export function misuse(message: string, cause?: unknown): SignalboxError {
  return new SignalboxError({ reason: "MISUSE", message, code: Code.InvalidArgument, unsent: true, cause });
}

export function deadlineExceeded(timeoutMs: number): SignalboxError {
  return new SignalboxError({
    reason: "DEADLINE_EXCEEDED",
    message: `no answer within ${timeoutMs / 1000} s`,
    code: Code.DeadlineExceeded,
  });
}

export function cancelled(signal: AbortSignal): SignalboxError {
  return new SignalboxError({ reason: "CANCELLED", message: "the call was cancelled", code: Code.Canceled, cause: signal.reason });
}
