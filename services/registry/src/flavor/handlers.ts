import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { ComponentType, ComponentTypeSchema } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { readSchema } from "@signalbox/runtime/json-schema/text.ts";
import { readRow } from "@signalbox/runtime/resource/change.ts";
import { inWorkspace } from "@signalbox/runtime/resource/declared.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { refuseInComponents } from "./store.ts";
import type { FlavorRow } from "./tables.ts";

const texts = [
  ...["displayName", "source", "integration", "logoUrl", "docsUrl", "sdkDocsUrl"],
  ...["connectorType", "connectorResourceType", "connectorResourceAttribute"],
] as const;

export function flavorHandlers(context: Context): Handlers<typeof FlavorService> {
  const { database, bringFlavors } = context;

  /** The flavor that a call is to change. Fails with PROTECTED for one that Signalbox brings. */
  async function ownOf(call: Call): Promise<FlavorRow> {
    const which = { table: "registry_flavor", type: "flavor", workspaceId: workspaceOf(call), id: grantedId(call) } as const;
    const row = await readRow(database.db, which);
    if (row.custom === 1) return row;
    throw new SignalboxError(Reason.PROTECTED, `Signalbox brings the flavor "${row.name}": add one of another name`, {
      metadata: { type: "flavor", reference: toUuid(row.id) },
    });
  }

  const flavors = standard(context, {
    service: FlavorService,
    name: "Flavor",
    table: "registry_flavor",
    scope: inWorkspace,
    documents: ["schema"],
    async found(request) {
      if (request.schema) readSchema(request.schema.text, "schema");
      return request;
    },
    row: ({ name, type, displayName, source, integration, logoUrl, docsUrl, sdkDocsUrl, ...connector }) => ({
      ...{ name, type, displayName, source, integration, logoUrl, docsUrl, sdkDocsUrl },
      connectorType: connector.connectorType,
      connectorResourceType: connector.connectorResourceType,
      connectorResourceAttribute: connector.connectorResourceAttribute,
      custom: 1,
    }),
    message: ({ name, type, displayName, source, integration, logoUrl, docsUrl, sdkDocsUrl, ...row }) => ({
      ...{ name, type, displayName, source, integration, logoUrl, docsUrl, sdkDocsUrl },
      connectorType: row.connectorType,
      connectorResourceType: row.connectorResourceType,
      connectorResourceAttribute: row.connectorResourceAttribute,
      custom: row.custom === 1,
    }),
    changes: ["name", "type", "schema", ...texts],
    fields: () => ({
      name: { kind: "text", sortable: true },
      display_name: { kind: "text", sortable: true },
      type: { kind: "enum", enum: ComponentTypeSchema, sortable: true },
      integration: { kind: "text", sortable: true },
      custom: { kind: "flag" },
    }),
    async changing({ name, type, schema }, call) {
      const row = await ownOf(call);
      if (type === ComponentType.UNSPECIFIED) throw fieldInvalid("type", "must be one of the types");
      if (schema) readSchema(schema.text, "schema");
      const moved = (name !== undefined && name !== row.name) || (type !== undefined && type !== row.type);
      if (moved) await refuseInComponents(database.db, row);
    },
    removed: refuseInComponents,
  });

  return {
    ...flavors,

    async createFlavor(request, call) {
      await bringFlavors(workspaceOf(call));
      return flavors.createFlavor(request, call);
    },

    async batchGetFlavors(request, call) {
      await bringFlavors(workspaceOf(call));
      return flavors.batchGetFlavors(request, call);
    },

    async listFlavors(request, call) {
      await bringFlavors(workspaceOf(call));
      return flavors.listFlavors(request, call);
    },

    async deleteFlavor(request, call) {
      await ownOf(call);
      return flavors.deleteFlavor(request, call);
    },
  };
}
