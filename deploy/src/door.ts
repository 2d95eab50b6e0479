import type { EdgeNeeds } from "@signalbox/edge";
import type { Config } from "@signalbox/runtime/host/config.ts";
import type { edgeSettings } from "./settings.ts";

/** What the edge is told by the configuration. */
export function doorOf(
  config: Config<typeof edgeSettings>,
): Pick<EdgeNeeds, "listen" | "manners" | "trustedProxies" | "maxBodyBytes" | "perPrincipal" | "perAddress"> {
  const { host, port, tlsKey, tlsCert, hosts, origins, trustedProxies, maxBodyBytes, principalRate, addressRate } = config;
  if ((tlsKey === undefined) !== (tlsCert === undefined))
    throw new Error("SIGNALBOX_TLS_KEY and SIGNALBOX_TLS_CERT go together: set both or neither");
  const tls = tlsKey !== undefined && tlsCert !== undefined ? { key: tlsKey, cert: tlsCert } : undefined;
  return {
    listen: { host, port, tls },
    manners: { hosts: hosts.map((name) => name.toLowerCase()), origins, secure: config.secure || tls !== undefined },
    trustedProxies,
    maxBodyBytes,
    perPrincipal: { perSecond: principalRate, burst: principalRate * 4 },
    perAddress: { perSecond: addressRate, burst: addressRate * 4 },
  };
}
