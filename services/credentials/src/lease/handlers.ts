import type { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { connectorStore } from "../connector/store.ts";
import type { Context } from "../context.ts";
import { cachedAs } from "../issue/cache-key.ts";
import type { Issuer } from "../issue/issuer.ts";
import { toLease } from "./mapping.ts";
import { leaseStore } from "./store.ts";

export function leaseHandlers(
  context: Context & { readonly issuer: Issuer },
): Pick<Handlers<typeof ConnectorService>, "listLeases" | "revokeLease"> {
  const { database, mutate, policy, issuer } = context;
  const connectors = connectorStore(database, policy);
  const leases = leaseStore(database, policy);

  return {
    async listLeases(request, call) {
      const [workspaceId, connectorId] = [workspaceOf(call), grantedId(call)];
      const connector = await connectors.row(workspaceId, connectorId);
      const { rows, ...page } = await leases.list(workspaceId, connectorId, request, listContext(context.lists, call, toUuid(connectorId)));
      return { leases: rows.map((row) => toLease(row, connector, policy)), ...pageOf(page) };
    },

    async revokeLease({ lease }, call) {
      const [workspaceId, connectorId] = [workspaceOf(call), grantedId(call)];
      const connector = await connectors.row(workspaceId, connectorId);
      const row = await leases.get(workspaceId, connectorId, toId(lease));
      await mutate(call, { subject: toUuid(row.id) }, (trx) => leases.revoke(trx, row));
      // The rows decide; this only spares the next caller a look at what it may not have.
      await issuer.drop(cachedAs(row.cacheKey), toUuid(row.mintId));
      return { lease: toLease({ ...row, revoked: 1 }, connector, policy) };
    },
  };
}
