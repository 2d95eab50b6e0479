import { isIP } from "node:net";
import { AddressRefused, notLinkLocal, publicOnly } from "./address.ts";
import { type Endpoint, hostOf } from "./endpoint.ts";

/** Where a URL leads, if it may lead there. Fails with AddressRefused. */
export type Outward = (url: URL) => Endpoint;

/**
 * What may be reached when anybody who can write an address has it asked: https on the internet. Hosts that whoever runs this service
 * named may lie in private networks, and speak http. Nobody is asked where clouds keep the credentials of machines.
 */
export function outwardTo(privateHosts: readonly string[]): Outward {
  const named = new Set(privateHosts.map((host) => host.toLowerCase()));
  return (url) => {
    const isNamed = named.has(url.hostname) || named.has(url.host);
    const allowed = isNamed ? notLinkLocal : publicOnly;
    const host = hostOf(url);
    if (url.protocol !== "https:" && !(isNamed && url.protocol === "http:"))
      throw new AddressRefused(`${url.protocol} may not be spoken to ${host}`);
    if (url.username !== "" || url.password !== "") throw new AddressRefused(`a user stands in the address of ${host}`);
    if (isIP(host) !== 0 && !allowed(host)) throw new AddressRefused(`${host} may not be reached from here`);
    return { url, allowed };
  };
}
