import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { AddressRefused, guardedLookup } from "./address.ts";
import { type Endpoint, hostOf } from "./endpoint.ts";

export interface Outgoing {
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends one request where the endpoint's rule lets it, and resolves with the head of the answer. Follows no redirect. The address that
 * was checked is the one that is connected to. Fails with AddressRefused, or with what the network says.
 */
export function send({ endpoint: { url, allowed }, method, headers, body, signal }: Outgoing): Promise<IncomingMessage> {
  const host = hostOf(url);
  // The lookup is asked for names only.
  if (isIP(host) !== 0 && !allowed(host)) throw new AddressRefused(`${host} may not be reached from here`);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      // A connection of its own: one from a pool might lead elsewhere.
      agent: false,
      lookup: guardedLookup(allowed),
      headers: { ...headers, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) },
      signal,
    });
    sent.on("response", resolve).on("error", reject);
    sent.end(body);
  });
}

/** The whole body of an answer. Fails with the code answer_too_large where it has more bytes. */
export async function boundedBody(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      response.destroy();
      throw tooLarge(mostBytes);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const tooLarge = (mostBytes: number): Error =>
  Object.assign(new Error(`the answer is larger than ${mostBytes} bytes`), { code: "answer_too_large" });

/** When the other side wants to be asked again, where it says so; at most an hour from now. */
export function retryAfterOf({ headers }: Pick<IncomingMessage, "headers">): number | undefined {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}
