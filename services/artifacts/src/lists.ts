import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Visible } from "@signalbox/runtime/policy/grant.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { ListField } from "@signalbox/runtime/store/listing.ts";
import type { ListContext, ListRequest, Page } from "@signalbox/runtime/store/page.ts";
import type { Context } from "./context.ts";
import { grantedProject, grantedScope } from "./granted.ts";

/** What a store is asked to list: for whom, where, and how. */
export interface ListQuery {
  readonly workspaceId: Id;
  readonly visible: Visible;
  /** Only of this project. */
  readonly projectId: Id | undefined;
  readonly request: ListRequest;
  readonly context: ListContext;
}

/** A List call as a store takes it. `chosen` are the fields of its request that choose rows beside filter and project. */
export function listQuery(
  { seal, clock, database: { dialect } }: Context,
  request: ListRequest,
  call: Call,
  ...chosen: string[]
): ListQuery {
  const workspaceId = workspaceOf(call);
  const projectId = grantedProject(call);
  const bound = [nameOf(call.method), toUuid(workspaceId), projectId ? toUuid(projectId) : "", ...chosen];
  return { workspaceId, visible: grantedScope(call), projectId, request, context: { seal, clock, dialect, bound } };
}

/** What every answer of a List has beside its rows. */
export function pageOf({ nextPageToken, totalSize }: Omit<Page<unknown>, "rows">) {
  return { nextPageToken, ...(totalSize !== undefined && { totalSize }) };
}

/**
 * The fields that lists of every resource are asked by. `newest` is what
 * follows the table's name in that of the index that has the list's rows by
 * time of creation.
 */
export function resourceFields(table: string, principals: Pick<Policy, "facts">, newest = "newest"): Readonly<Record<string, ListField>> {
  return {
    id: { kind: "id", column: `${table}.id` },
    owner: { kind: "id", column: `${table}.ownerId`, resolve: async (name) => principalsCalled(principals, name) },
    create_time: { kind: "time", column: `${table}.createTime`, sortable: true, index: `${table}_${newest}` },
  };
}

const most = 1001;

function principalsCalled({ facts }: Pick<Policy, "facts">, { text, prefix }: { readonly text: string; readonly prefix: boolean }): Id[] {
  const found: Id[] = [];
  for (const { id, name } of facts.principals.values()) {
    if (prefix ? name.startsWith(text) : name === text) found.push(toId(id));
    if (found.length === most) break;
  }
  return found;
}
