import { ComponentTypeSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { toIdOrNone, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import { inWorkspace } from "@signalbox/runtime/resource/declared.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { checkingConfigurations } from "../flavor/configuration.ts";
import { amongComponents, foldedNames } from "../folded-names.ts";
import { resourceLabels } from "../labels.ts";
import { stackField } from "../stack/references.ts";
import { noVariables, variableColumns, variablesOf } from "../variables.ts";
import { refuseInStacks } from "./store.ts";

export function componentHandlers(context: Context): Handlers<typeof ComponentService> {
  const checkConfiguration = checkingConfigurations(context);
  const names = foldedNames("registry_component", "component", amongComponents);
  return standard(context, {
    service: ComponentService,
    name: "Component",
    table: "registry_component",
    scope: inWorkspace,
    parts: { labels: resourceLabels },
    documents: ["configuration"],
    async found(request, call) {
      await checkConfiguration(call, request, request.configuration);
      return request;
    },
    row: ({ name, type, flavor, connector, connectorResource, environment, secrets }) => ({
      ...noVariables,
      ...variableColumns({ environment, secrets }),
      ...{ name, type, flavor, connectorResource },
      connectorId: toIdOrNone(connector),
      stackCount: 0,
    }),
    message: ({ name, type, flavor, connectorId, connectorResource, labels, ...row }) => ({
      ...variablesOf(row),
      ...{ name, type, flavor, connectorResource, labels },
      connector: toUuidOrNone(connectorId),
    }),
    changes: ["name", "configuration", "connector", "connectorResource", "labels", "environment", "secrets"],
    patch: ({ connector, environment, secrets, ...texts }) => ({
      ...texts,
      ...variableColumns({ environment, secrets }),
      ...(connector !== undefined && { connectorId: toIdOrNone(connector) }),
    }),
    fields: () => ({
      name: { kind: "text", sortable: true },
      type: { kind: "enum", enum: ComponentTypeSchema, sortable: true },
      flavor: { kind: "text", sortable: true },
      connector: { kind: "id", column: "registry_component.connectorId" },
      connector_resource: { kind: "text" },
      labels: resourceLabels.field("registry_component", context.database.dialect),
      stack: stackField("registry_component.workspaceId", "registry_component.id"),
    }),
    async changing({ configuration, connectorResource }, call) {
      if (!configuration) return;
      const which = { table: "registry_component", type: "component", workspaceId: workspaceOf(call), id: grantedId(call) } as const;
      const row = await readRow(context.database.db, which);
      await checkConfiguration(call, { ...row, ...(connectorResource !== undefined && { connectorResource }) }, configuration);
    },
    changed: (trx, row, _, before) => names.named(trx, row, before),
    async removed(trx, row) {
      await refuseInStacks(trx, row);
      await names.release(trx, row);
    },
  });
}
