import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { AddressRefused, guardedLookup } from "./address.ts";
import { type Endpoint, hostOf } from "./endpoint.ts";
import { type Provider, providerRefused, providerUnavailable } from "./failure.ts";

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
    const response = await send(endpoint, headers, body, AbortSignal.any([signal, timeout]));
    const status = response.statusCode ?? 0;
    const text = await bounded(response);
    if (status >= 300 && status < 400) throw providerRefused(provider, "redirect");
    return { status, body: text, retryAfterMs: retryAfter(response) };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw providerUnavailable(provider, "timeout", { cause: error });
    if (error instanceof AddressRefused) throw providerRefused(provider, "address_refused");
    const { code } = error as { code?: unknown };
    if (typeof code === "string") throw providerUnavailable(provider, code, { cause: error });
    throw error;
  }
}

function send({ url, allowed }: Endpoint, headers: Form["headers"], body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const host = hostOf(url);
  // The lookup is asked for names only.
  if (isIP(host) !== 0 && !allowed(host)) throw new AddressRefused(`connectors may not reach ${host}`);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      // A connection of its own: one from a pool might lead elsewhere.
      agent: false,
      lookup: guardedLookup(allowed),
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      signal,
    });
    sent.on("response", resolve).on("error", reject);
    sent.end(body);
  });
}

async function bounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      response.destroy();
      throw Object.assign(new Error(`the answer is larger than ${mostBytes} bytes`), { code: "answer_too_large" });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function retryAfter({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}
