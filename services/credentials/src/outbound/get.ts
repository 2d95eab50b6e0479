import type { IncomingMessage } from "node:http";
import { AddressRefused } from "./address.ts";
import type { Outward } from "./outward.ts";
import { send } from "./send.ts";

export interface Getting {
  readonly outward: Outward;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes to the origin of the URL and to no other, wherever that redirects to. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Gets what is at a URL, or where that redirects to: each place is checked as the first one was, none is left for one without TLS, and
 * who was told no secret is told none later. Fails with AddressRefused, or with what the network says.
 */
export async function get(url: URL, { outward, headers, authorization, signal }: Getting): Promise<IncomingMessage> {
  let held = authorization;
  for (let [at, hops] = [url, 0]; ; hops++) {
    const endpoint = outward(at);
    const response = await send({ endpoint, method: "GET", headers: { ...headers, ...(held && { authorization: held }) }, signal });
    if (!redirects.has(response.statusCode ?? 0)) return response;
    response.destroy();
    const next = placeOf(response, at);
    if (hops >= mostRedirects) throw new AddressRefused(`${url.host} redirects without end`);
    if (at.protocol === "https:" && next.protocol !== "https:") throw new AddressRefused(`${at.host} redirects to where there is no TLS`);
    if (next.origin !== at.origin) held = undefined;
    at = next;
  }
}

function placeOf({ headers: { location = "" } }: IncomingMessage, at: URL): URL {
  if (location === "" || !URL.canParse(location, at.href)) throw new AddressRefused(`${at.host} redirects to nowhere`);
  return new URL(location, at);
}
