import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { joined } from "@signalbox/runtime/cache/joined.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { KnownConnectors } from "./issue/known.ts";
import type { NamedRow } from "./tables.ts";

interface Store {
  /** What has the id or the name. */
  resolve(workspaceId: Id, reference: string): Promise<Pick<NamedRow, "id" | "ownerId"> | undefined>;
}

/** Finds a connector in the workspace of the call. Calls that come together look once. */
function resourceResolver({ resolve }: Store): Resolver {
  const together = joined<Resolved | undefined>();
  return (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    return together(`${toUuid(workspaceId)}/${reference}`, async () => {
      const found = await resolve(workspaceId, reference);
      return found && { id: toUuid(found.id), owner: toUuid(found.ownerId) };
    });
  };
}

/** The same for connectors, of which those whose credentials are asked for all the time are known: see {@link KnownConnectors}. */
export function connectorResolver(store: Store, known: KnownConnectors): Resolver {
  const resolve = resourceResolver(store);
  const { issueCredential } = ConnectorService.method;
  return (reference, within) => {
    const { method, caller } = within.call;
    const found = method === issueCredential ? known.resolve(caller?.workspace ?? "", reference) : undefined;
    return found ?? resolve(reference, within);
  };
}
