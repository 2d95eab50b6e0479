import type { Endpoint } from "../outbound/endpoint.ts";
import { boundedBody, retryAfterOf, send } from "../outbound/send.ts";
import { failureOf, type Provider, providerRefused } from "./failure.ts";

export interface Form {
  readonly provider: Provider;
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, encoded already. */
  readonly body: string;
  readonly signal: AbortSignal;
  /** How long the provider may take; 10 seconds unless told. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** When the provider wants to be asked again, where it says so. */
  readonly retryAfterMs: number | undefined;
}

/** What a token endpoint answers with is small; more is something else. */
const mostBytes = 256 * 1024;

/**
 * Posts a form and reads the answer. Redirects are not followed: a secret goes
 * where the connector says and nowhere else. Fails with PROVIDER_REFUSED for a
 * redirect or a forbidden address, and with PROVIDER_UNAVAILABLE when nothing
 * comes, it comes too late, or it is too large.
 */
export async function postForm({ provider, endpoint, headers, body, signal, timeoutMs = 10_000 }: Form): Promise<Answer> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send({ endpoint, method: "POST", headers, body, signal: AbortSignal.any([signal, timeout]) });
    const status = response.statusCode ?? 0;
    const text = (await boundedBody(response, mostBytes)).toString("utf8");
    if (status >= 300 && status < 400) throw providerRefused(provider, "redirect");
    return { status, body: text, retryAfterMs: retryAfterOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(provider, error, timeout);
  }
}
