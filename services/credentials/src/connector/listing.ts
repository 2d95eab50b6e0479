import type { Id } from "@signalbox/runtime/ids.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { ListField, Listing } from "@signalbox/runtime/store/listing.ts";
import type { Context } from "../context.ts";
import { namedFields } from "../list-fields.ts";
import type { CredentialsTables } from "../tables.ts";
import { resourceTypeField } from "./resource-types.ts";

const table = "credentials_connector";

/** The words of the names of connectors. */
export const connectorWords = wordStore(table);

/** What lists of connectors can be asked. */
export function connectorListing(
  { db, dialect }: Pick<Database<CredentialsTables>, "db" | "dialect">,
  policy: Context["policy"],
  workspaceId: Id,
  labels: ListField,
): Listing {
  const words = connectorWords.field(db, dialect, { workspaceId, projectId: undefined });
  return {
    table,
    fixed: ["workspaceId"],
    key: `${table}.id`,
    defaultOrder: "create_time desc",
    fields: {
      ...namedFields(table, policy, words),
      labels,
      type: { kind: "text", column: `${table}.type`, sortable: true },
      method: { kind: "text", column: `${table}.authMethod` },
      resource: { kind: "text", column: `${table}.resource` },
      resource_type: resourceTypeField(db, workspaceId),
    },
  };
}
