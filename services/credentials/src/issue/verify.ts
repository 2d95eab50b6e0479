import { type ConnectorService, Verification } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { accessibleBy } from "../connector/accessible.ts";
import { type KindRow, kindIn } from "../connector/columns.ts";
import { made, remade } from "../connector/made.ts";
import { openSecret } from "../connector/secret.ts";
import { methodOf } from "../connector/settings.ts";
import { connectorStore } from "../connector/store.ts";
import { connectorType } from "../connector-type/catalogue.ts";
import type { Context } from "../context.ts";
import { notCovered } from "../provider/failure.ts";
import type { ConnectorRow } from "../tables.ts";
import { sessionOf } from "./session.ts";

/** What of a connector is verified. */
type Tried = KindRow & Pick<ConnectorRow, "lifetimeSeconds">;

interface Asked {
  readonly resource: string;
  readonly resourceType: string;
}

export function verifyHandlers(context: Context): Pick<Handlers<typeof ConnectorService>, "verifyConnector" | "verifyNewConnector"> {
  const { database, mutate, keys, clock, policy } = context;
  const connectors = connectorStore(database, policy);

  /** What can be said of it without keeping anything. */
  async function verified(row: Tried, secret: string, { resource, resourceType }: Asked, call: Call) {
    const { resourceTypes, resource: own } = kindIn(row);
    if (resourceType !== "" && !resourceTypes.includes(resourceType)) {
      throw fieldInvalid("resource_type", `the connector gives access to ${resourceTypes.join(", ")}`);
    }
    const known = {
      expired: row.expiresTime !== 0 && clock() >= row.expiresTime - Math.max(0, row.expireSkewSeconds) * 1e6,
      resources: accessibleBy(row).filter(({ type }) => resourceType === "" || type === resourceType),
    };
    const method = methodOf(row);
    if (method.keeps) {
      if (resource !== "" && own !== "" && resource !== own) throw notCovered(resource, `it is for ${own}`);
      return { ...known, verification: connectorType(row.type) ? Verification.SETTINGS : Verification.NOTHING };
    }
    const { identity, expireTime } = await method.mint({
      narrowed: method.narrow(resource),
      secret,
      lifetimeSeconds: row.lifetimeSeconds,
      session: sessionOf(call),
      now: clock(),
      signal: call.signal,
    });
    return { ...known, identity, expireTime: toTimestamp(expireTime), verification: Verification.TRIED };
  }

  return {
    async verifyConnector(request, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const row = await connectors.issuing(workspaceId, id);
      const secret = openSecret(await keys.sealerOf(workspaceId), row);
      // What is known of its type may have changed since it was kept.
      remade(row, secret, {}, false);
      const answer = await verified(row, secret, request, call);
      await mutate(call, { subject: toUuid(id) }, async () => {});
      return answer;
    },

    async verifyNewConnector({ newConnector: connector, ...asked }, call) {
      if (!connector) throw fieldInvalid("new_connector", "is required");
      checkName(connector.name);
      const { columns, secret } = made(connector);
      const answer = await verified(columns, secret, asked, call);
      await mutate(call, { subject: connector.name }, async () => {});
      return answer;
    },
  };
}
