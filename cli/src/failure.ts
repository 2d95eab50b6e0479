import { Code } from "@connectrpc/connect";
import { SignalboxError } from "@signalbox/sdk";
import type { CommanderError } from "commander";
import { ExitCode } from "./exit-code.ts";
import { duration } from "./output/time.ts";

/** A failure as the program tells it: what went wrong, what to do about it, and the exit code. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** The reason as the contract spells it, such as "NOT_FOUND"; "USAGE" and the like for failures of the program itself. */
  readonly reason: string;
  readonly message: string;
  /** Commands or words that help, most likely first. */
  readonly hints: readonly string[];
  /** The fields that broke a rule, where that was it. */
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** Facts that a program may act on. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A failure that the program itself found. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly failure: Failure;

  constructor(failure: Pick<Failure, "exitCode" | "reason" | "message"> & Partial<Failure>) {
    super(failure.message);
    this.failure = { hints: [], violations: [], metadata: {}, ...failure };
  }
}

/** The command line was wrong. */
export function wrongUsage(message: string, ...hints: string[]): CommandError {
  return new CommandError({ exitCode: ExitCode.USAGE, reason: "USAGE", message, hints });
}

/** There are no credentials to call with. */
export function notSignedIn(message: string, hint = "npx signalbox login"): CommandError {
  return new CommandError({ exitCode: ExitCode.NOT_SIGNED_IN, reason: "CREDENTIALS_MISSING", message, hints: [hint] });
}

const exitCodes: Readonly<Partial<Record<Code, ExitCode>>> = {
  [Code.InvalidArgument]: ExitCode.USAGE,
  [Code.OutOfRange]: ExitCode.USAGE,
  [Code.Unauthenticated]: ExitCode.NOT_SIGNED_IN,
  [Code.NotFound]: ExitCode.NOT_FOUND,
  [Code.PermissionDenied]: ExitCode.NOT_FOUND,
  [Code.AlreadyExists]: ExitCode.CONFLICT,
  [Code.Aborted]: ExitCode.CONFLICT,
  [Code.FailedPrecondition]: ExitCode.CONFLICT,
  [Code.Unavailable]: ExitCode.UNAVAILABLE,
  [Code.DeadlineExceeded]: ExitCode.UNAVAILABLE,
};

// Reasons that share a status with others of another kind.
const exitCodesByReason: Readonly<Record<string, ExitCode>> = {
  RATE_LIMITED: ExitCode.UNAVAILABLE,
  OVERLOADED: ExitCode.UNAVAILABLE,
  SIGN_IN_LOCKED: ExitCode.UNAVAILABLE,
};

const hintsByReason: Readonly<Record<string, string>> = {
  FILTER_INVALID: `compare fields, joined by AND, OR and NOT: --filter 'status = FAILED AND start_time > "-7d"'`,
  ORDER_INVALID: 'name fields to sort by: --order "create_time desc"',
  PASSWORD_CHANGE_REQUIRED: "npx signalbox passwd",
  REFRESH_TOKEN_REUSED: "npx signalbox login",
  TOKEN_INVALID: "npx signalbox login",
  TOKEN_EXPIRED: "npx signalbox login",
  TOKEN_REVOKED: "npx signalbox login",
  TOKEN_AUDIENCE_WRONG: "npx signalbox login",
  CREDENTIALS_MISSING: "npx signalbox login",
};

// What a command calls the field that a rule is about.
const optionsByField: Readonly<Record<string, string>> = { expire_time: "--expires 90d" };

/** Any error as a failure of the program. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CommandError) return error.failure;
  if (error instanceof SignalboxError) return fromServer(error);
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: ExitCode.FAILED, reason: "FAILED", message, hints: [], violations: [], metadata: {} };
}

function fromServer({ reason, code, message, violations, metadata, retryAfterMs }: SignalboxError): Failure {
  const hint = hintsByReason[reason];
  const again = retryAfterMs === undefined || message.includes("try again") ? [] : [`try again in ${duration(retryAfterMs)}`];
  const options = violations.flatMap(({ field }) => optionsByField[field] ?? []);
  return {
    exitCode: exitCodesByReason[reason] ?? exitCodes[code] ?? ExitCode.FAILED,
    reason,
    message: message || reason,
    hints: [...again, ...(hint ? [hint] : []), ...options],
    violations: violations.map(({ field, description }) => ({ field, description })),
    metadata,
  };
}

/** What the parser found: it writes "error: what is wrong", and what may have been meant in a line of its own; where it does not, help is near. */
export function fromParser({ message }: CommanderError, help: string): Failure {
  const [what = "", ...meant] = message.replace(/^error: /, "").split("\n");
  const hints = meant.length > 0 ? meant.map((line) => line.replace(/^\((.*)\)$/, "$1")) : [help];
  return { exitCode: ExitCode.USAGE, reason: "USAGE", message: what, hints, violations: [], metadata: {} };
}
