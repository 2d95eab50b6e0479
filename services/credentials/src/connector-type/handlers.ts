import type { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { connectorType, connectorTypes } from "./catalogue.ts";

/** What connectors can be. It is the same for everybody, so nothing is read for it. */
export const connectorTypeHandlers: Pick<Handlers<typeof ConnectorService>, "listConnectorTypes" | "getConnectorType"> = {
  async listConnectorTypes() {
    return { types: [...connectorTypes] };
  },

  async getConnectorType({ type }) {
    const found = connectorType(type);
    if (!found) throw notFound("connector_type", type);
    return { type: found };
  },
};
