import type { Json } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { checkText } from "@signalbox/runtime/json-schema/text.ts";
import { jsonText } from "@signalbox/runtime/resource/json.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { ComponentRow } from "../stack/tables.ts";

/** What says how a component is to be configured. */
type Configured = Pick<ComponentRow, "type" | "flavor" | "connectorResource">;

/**
 * Fails with FIELD_INVALID, and the place in it, where a component's configuration does not satisfy the schema of its
 * flavor. A flavor that is not known may be anything, and so may its configuration. None at all is as an empty one.
 */
export function checkingConfigurations({ database, bringFlavors }: Pick<Context, "database" | "bringFlavors">) {
  return async (call: Call, { type, flavor, connectorResource }: Configured, configuration: Json | undefined): Promise<void> => {
    const workspaceId = workspaceOf(call);
    await bringFlavors(workspaceId);
    const query = database.db.selectFrom("registry_flavor").select(["schema", "connectorResourceAttribute as named"]);
    const of = query.where("workspaceId", "=", workspaceId).where("name", "=", flavor).where("type", "=", type);
    const { schema = "", named = "" } = (await of.executeTakeFirst()) ?? {};
    if (schema === "") return;
    const text = jsonText(configuration, "configuration") || "{}";
    // What the connector says need not be said again.
    checkText(schema, named === "" || connectorResource === "" ? text : withDefault(text, named, connectorResource), "configuration");
  };
}

function withDefault(text: string, key: string, value: string): string {
  const given: unknown = JSON.parse(text);
  return typeof given === "object" && given !== null && !Array.isArray(given) ? JSON.stringify({ [key]: value, ...given }) : text;
}
