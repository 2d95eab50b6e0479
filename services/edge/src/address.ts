import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { createContextKey } from "@connectrpc/connect";

/** The address of the caller, as this server saw it. */
export const addressKey = createContextKey<string | undefined>(undefined, { description: "address" });

export type AnyRequest = IncomingMessage | Http2ServerRequest;

/** The path that a request asks for, without its query. */
export const pathIn = ({ url = "" }: AnyRequest): string => url.split("?", 1)[0] ?? "";

/**
 * The caller's address: what the nearest trusted proxy says it is. Each proxy
 * appends whom it heard from, so with `trustedProxies` of them in front the
 * address stands that many places from the end; what stands before is
 * anybody's claim.
 */
export function addressOf(request: AnyRequest, trustedProxies: number): string | undefined {
  const remote = request.socket.remoteAddress;
  if (trustedProxies === 0) return remote;
  const header = request.headers["x-forwarded-for"];
  const chain = [...String(header ?? "").split(","), remote ?? ""].map((each) => each.trim()).filter((each) => each !== "");
  return chain.at(-1 - trustedProxies) ?? chain[0];
}
