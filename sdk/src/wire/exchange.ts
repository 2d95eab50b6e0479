import { Code } from "@connectrpc/connect";
import { SignalboxError } from "../errors.ts";

/** One request of HTTP, whole. */
export interface Sending {
  /** The path, with a leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** How long to wait for the whole answer; 0 for as long as it takes. */
  readonly timeoutMs: number;
}

/** The answer, read either at once or as it comes; not both. */
export interface Answer {
  readonly status: number;
  /** Made on the first look, because most callers never look. */
  readonly header: Headers;
  readonly bytes: () => Promise<Uint8Array>;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/** Sends a request and hears the answer. Fails with UNAVAILABLE, DEADLINE_EXCEEDED or CANCELLED. */
export type Exchange = (sending: Sending) => Promise<Answer>;

const neverConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** The failure that an error of a socket stands for. */
export function socketFailure(url: string, cause: unknown): SignalboxError {
  if (cause instanceof SignalboxError) return cause;
  const { code, syscall, message } = rootOf(cause);
  const unsent = neverConnected.has(code) || (code === "ETIMEDOUT" && syscall === "connect");
  return new SignalboxError({
    reason: "UNAVAILABLE",
    message: tellsOf(url, unsent, code || message),
    code: Code.Unavailable,
    unsent,
    cause,
  });
}

function tellsOf(url: string, unsent: boolean, fault: string): string {
  if (unsent) return `cannot reach ${url} (${fault})`;
  if (fault === "EPROTO") return `what listens at ${url} does not speak https as this program does; is it http? (${fault})`;
  return `the connection to ${url} broke (${fault})`;
}

/** The error of the system beneath: fetch and a dial of several addresses wrap it. */
function rootOf(error: unknown): { readonly code: string; readonly syscall: string; readonly message: string } {
  let root = error;
  for (let depth = 0; depth < 4 && root instanceof Error && !("syscall" in root); depth += 1) {
    root = root instanceof AggregateError ? root.errors[0] : (root.cause ?? root);
  }
  const { code = "", syscall = "", message = String(root) } = root as { code?: string; syscall?: string; message?: string };
  return { code, syscall, message };
}
