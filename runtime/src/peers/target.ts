import dns from "node:dns";
import { isIP } from "node:net";

/** One place where a service listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a service is to be found, as it is configured. */
export interface Target {
  /** What calls name the service by, and its certificate must be for: "runs". */
  readonly name: string;
  /** Every address that the name stands for now. */
  resolve(): Promise<readonly Address[]>;
}

/** Reads "runs:4317" and "dns:///runs:4317", or several addresses at once: "ipv4:10.0.0.1:4317,10.0.0.2:4317". */
export function targetOf(configured: string): Target {
  const [, listed] = /^ipv[46]:(.+)$/.exec(configured) ?? [];
  if (listed !== undefined) {
    const addresses = listed.split(",").map((each) => addressIn(each, configured));
    return { name: addresses[0]?.host ?? "", resolve: async () => addresses };
  }
  const { host, port } = addressIn(configured.replace(/^dns:(\/\/\/)?/, ""), configured);
  const resolve = async () => {
    if (isIP(host) !== 0) return [{ host, port }];
    const found = await dns.promises.lookup(host, { all: true });
    return found.map(({ address }) => ({ host: address, port }));
  };
  return { name: host, resolve };
}

function addressIn(text: string, configured: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([^[\]]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new Error(`"${configured}" does not say where a service is: write host:port or dns:///name:port`);
  return { host, port: Number(port) };
}
