import type { IncomingMessage } from "node:http";
import { get } from "../../outbound/get.ts";
import type { Outward } from "../../outbound/outward.ts";
import { boundedBody, retryAfterOf } from "../../outbound/send.ts";
import { type CodeProvider, failureOf, providerRefused, providerUnavailable } from "../../provider/failure.ts";

/** A host of code, and how it is asked. */
export interface Asked {
  readonly provider: CodeProvider;
  readonly outward: Outward;
  /** Undefined where it is asked without a token. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
  /** How long an answer may take, in milliseconds; 10 seconds unless told. An archive may take that long between two of its chunks. */
  readonly timeoutMs?: number;
}

export interface Question {
  readonly accept?: string;
  /** What to fail with where the host has no such thing. */
  readonly missing?: Error;
  readonly mostBytes?: number;
}

const usualTimeoutMs = 10_000;
const mostBytes = 4 * 1024 * 1024;

export const commonHeaders = { "user-agent": "signalbox", "accept-encoding": "identity" };

/** Gets the head of an answer that is good. Fails with PROVIDER_REFUSED, PROVIDER_UNAVAILABLE or `missing`. */
export async function opened(
  url: string,
  asked: Asked,
  { accept = "*/*", missing }: Question,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { provider, outward, authorization } = asked;
  const response = await get(new URL(url), { outward, authorization, signal, headers: { ...commonHeaders, accept } });
  checkAnswer(response, provider, missing);
  return response;
}

/** Fails with PROVIDER_REFUSED, PROVIDER_UNAVAILABLE or `missing` where an answer is not good, and lets go of it. */
export function checkAnswer(response: IncomingMessage, provider: CodeProvider, missing?: Error): void {
  const status = response.statusCode ?? 0;
  if (status === 200) return;
  response.destroy();
  if (missing && [404, 409, 422].includes(status)) throw missing;
  const { headers } = response;
  const limited = status === 429 || (status === 403 && (headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined));
  if (limited || status >= 500)
    throw providerUnavailable(provider, `http_${status}`, { retryAfterMs: retryAfterOf(response) ?? untilReset(response) });
  throw providerRefused(provider, `http_${status}`);
}

/** Gets a small answer whole. */
export async function read(
  url: string,
  asked: Asked,
  question: Question = {},
): Promise<{ readonly body: Buffer; readonly headers: IncomingMessage["headers"] }> {
  const timeout = AbortSignal.timeout(asked.timeoutMs ?? usualTimeoutMs);
  asked.signal.throwIfAborted();
  try {
    const response = await opened(url, asked, question, AbortSignal.any([asked.signal, timeout]));
    return { body: await boundedBody(response, question.mostBytes ?? mostBytes), headers: response.headers };
  } catch (error) {
    asked.signal.throwIfAborted();
    throw error === question.missing ? error : failureOf(asked.provider, error, timeout);
  }
}

/** Gets an object of JSON. */
export async function readJson(url: string, asked: Asked, question: Question = {}): Promise<Answer> {
  const { body, headers } = await read(url, asked, { accept: "application/json", ...question });
  const value = parsed(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw providerUnavailable(asked.provider, "answer_unreadable");
  return { value: value as Record<string, unknown>, headers };
}

export interface Answer {
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** What stands at a path of an answer, if it is a text. */
export function textIn(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
  return typeof found === "string" ? found : "";
}

/** GitHub says when its limit ends, in seconds since 1970. */
function untilReset({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers["x-ratelimit-reset"]) - Date.now() / 1000;
  return seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}
