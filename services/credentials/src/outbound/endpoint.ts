import { isIP } from "node:net";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type AddressRule, loopbackOnly, notLinkLocal } from "./address.ts";

/** Where a connector sends its secrets to. */
export interface Endpoint {
  readonly url: URL;
  /** Which addresses its host may stand for. */
  readonly allowed: AddressRule;
}

/**
 * Reads the address of an endpoint: https, or http on loopback, without user
 * and fragment. Fails with FIELD_INVALID on `field`.
 */
export function endpointOf(text: string, field: string): Endpoint {
  if (!URL.canParse(text)) throw fieldInvalid(field, "must be an absolute URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw fieldInvalid(field, "must hold no user and no password");
  if (url.hash !== "" || text.includes("#")) throw fieldInvalid(field, "must have no fragment");
  const host = hostOf(url);
  const local = host === "localhost" || (isIP(host) !== 0 && loopbackOnly(host));
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) throw fieldInvalid(field, "must be https, or http on loopback");
  if (isIP(host) !== 0 && !notLinkLocal(host)) throw fieldInvalid(field, "must not be a link-local or metadata address");
  return { url, allowed: url.protocol === "http:" ? loopbackOnly : notLinkLocal };
}

/** The host of a URL as the network layer spells it: an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL): string => (hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);
