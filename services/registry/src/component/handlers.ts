import { ComponentTypeSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { toIdOrNone, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { inWorkspace } from "@signalbox/runtime/resource/declared.ts";
import { jsonOf, jsonText } from "@signalbox/runtime/resource/json.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { resourceLabels } from "../labels.ts";
import { refuseInStacks } from "./store.ts";

export function componentHandlers(context: Context): Handlers<typeof ComponentService> {
  return standard(context, {
    service: ComponentService,
    name: "Component",
    table: "registry_component",
    scope: inWorkspace,
    parts: { labels: resourceLabels },
    row: ({ name, type, flavor, configuration, connector, connectorResource }) => ({
      name,
      type,
      flavor,
      configuration: jsonText(configuration, "configuration"),
      connectorId: toIdOrNone(connector),
      connectorResource,
      stackCount: 0,
    }),
    message: ({ name, type, flavor, configuration, connectorId, connectorResource, labels }) => {
      const json = jsonOf(configuration);
      return { name, type, flavor, ...(json && { configuration: json }), connector: toUuidOrNone(connectorId), connectorResource, labels };
    },
    changes: ["name", "configuration", "connector", "connectorResource", "labels"],
    patch: (asked) => {
      const { configuration, connector, ...texts } = asked;
      return {
        ...texts,
        ...("configuration" in asked && { configuration: jsonText(configuration, "configuration") }),
        ...(connector !== undefined && { connectorId: toIdOrNone(connector) }),
      };
    },
    fields: () => ({
      name: { kind: "text", sortable: true },
      type: { kind: "enum", enum: ComponentTypeSchema },
      flavor: { kind: "text" },
      connector: { kind: "id", column: "registry_component.connectorId" },
      connector_resource: { kind: "text" },
      labels: resourceLabels.field("registry_component"),
    }),
    removed: refuseInStacks,
  });
}
