import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Whether a connection to an address is allowed. */
export type AddressRule = (address: string) => boolean;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

// Where clouds keep the credentials of the machine itself, and what reaches this machine under no name of its own.
const forbidden = new BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addAddress("100.100.100.200", "ipv4");
forbidden.addAddress("168.63.129.16", "ipv4");
forbidden.addAddress("192.0.0.192", "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("::", "ipv6");
// The same IPv4 addresses behind a translator.
forbidden.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
forbidden.addSubnet("2002:a9fe::", 32, "ipv6");

const listed = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

// What is no address of the internet, by IANA's registries of special purposes: private networks, this machine, documentation, and every
// form in which IPv6 carries another address.
const special = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  special.addSubnet(network, prefix, "ipv4");
special.addAddress("168.63.129.16", "ipv4");
// Of IPv6 only 2000::/3 is given out.
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");
special.addSubnet("2001::", 23, "ipv6");
special.addSubnet("2001:db8::", 32, "ipv6");
special.addSubnet("2002::", 16, "ipv6");
special.addSubnet("3fff::", 20, "ipv6");

/** Addresses of the internet. */
export const publicOnly: AddressRule = (address) => {
  if (listed(special, address)) return false;
  return isIP(address) === 4 || (isIP(address) === 6 && listed(global6, address));
};

/** Addresses of this machine, and no other. */
export const loopbackOnly: AddressRule = (address) => listed(loopback, address);

/** All addresses but link-local ones and the metadata services of clouds. */
export const notLinkLocal: AddressRule = (address) => !listed(forbidden, address);

/** The host of a URL was about to lead somewhere that may not be reached. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "ADDRESS_REFUSED";
}

/**
 * Resolves names for a connection and refuses those that lead where the rule
 * forbids: asked at the moment of connecting, so that a name which is answered
 * differently a second time gains nothing. One bad address refuses the name.
 */
export function guardedLookup(allowed: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const bad = addresses.find(({ address }) => !allowed(address));
      if (bad) return callback(new AddressRefused(`${hostname} leads to ${bad.address}, which may not be reached from here`), []);
      const [first] = addresses;
      return options.all || !first ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
