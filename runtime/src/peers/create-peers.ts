import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { ownerOf, type ServiceName } from "../contract/services.ts";
import type { Peers } from "./peers.ts";

/** Peers over one transport for each program. Transports are asked for when they are first needed. */
export function createPeers(transportTo: (callee: ServiceName) => Transport): Peers {
  const transports = new Map<ServiceName, Transport>();
  const clients = new Map<string, Client<DescService>>();
  return <S extends DescService>(service: S, at?: ServiceName) => {
    const callee = at ?? ownerOf(service);
    const name = `${callee}/${service.typeName}`;
    let client = clients.get(name);
    if (!client) {
      const transport = transports.get(callee) ?? transportTo(callee);
      transports.set(callee, transport);
      client = createClient<DescService>(service, transport);
      clients.set(name, client);
    }
    return client as Client<S>;
  };
}
