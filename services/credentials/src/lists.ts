import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import type { ListContext, Page } from "@signalbox/runtime/store/page.ts";
import type { Context } from "./context.ts";

/** What a page token of a List call belongs to. `chosen` is what chooses rows beside the workspace and the filter. */
export function listContext({ seal, clock, database: { dialect } }: Context, call: Call, ...chosen: string[]): ListContext {
  return { seal, clock, dialect, bound: [nameOf(call.method), toUuid(workspaceOf(call)), ...chosen] };
}

/** What every answer of a List has beside its rows. */
export function pageOf({ nextPageToken, totalSize }: Omit<Page<unknown>, "rows">) {
  return { nextPageToken, ...(totalSize !== undefined && { totalSize }) };
}

/** Asks for a principal by id or name. */
export const principalField = (column: string, policy: Context["policy"]): ListField => ({
  kind: "id",
  column,
  resolve: async (name) => principalsCalled(policy, name),
});

/** The fields that lists of every resource are asked by. */
export function resourceFields(
  table: "credentials_secret" | "credentials_connector",
  policy: Context["policy"],
): Record<string, ListField> {
  return {
    id: { kind: "id", column: `${table}.id` },
    name: { kind: "text", column: `${table}.name`, sortable: true, index: `${table}_name` },
    description: { kind: "text", column: `${table}.description` },
    owner: principalField(`${table}.ownerId`, policy),
    create_time: { kind: "time", column: `${table}.createTime`, sortable: true, index: `${table}_newest` },
    update_time: { kind: "time", column: `${table}.updateTime`, sortable: true, index: `${table}_changed` },
  };
}

/** One more than a filter may match, so that it is refused and not cut. */
const most = 1001;

function principalsCalled({ facts }: Context["policy"], { text, prefix }: { readonly text: string; readonly prefix: boolean }): Id[] {
  const found: Id[] = [];
  for (const { id, name } of facts.principals.values()) {
    if (prefix ? name.startsWith(text) : name === text) found.push(toId(id));
    if (found.length === most) break;
  }
  return found;
}
