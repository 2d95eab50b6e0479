import type { Kysely } from "kysely";
import { nameOf } from "../contract/policy-of.ts";
import { type Id, toId, toUuid } from "../ids.ts";
import type { Visible } from "../policy/grant.ts";
import type { Policy } from "../policy/policy.ts";
import type { Call } from "../rpc/call.ts";
import { planeId, workspaceOf } from "../rpc/workspace.ts";
import type { ListField, Listing } from "../store/listing.ts";
import type { ListContext, ListRequest, Page } from "../store/page.ts";
import { grantedProject, grantedScope } from "./granted.ts";

/** What every list of a service is made with. */
export type Lists = Omit<ListContext, "bound">;

/** What a page token of a List call belongs to. `chosen` is what chooses rows beside the plane and the filter. */
export function listContext(lists: Lists, call: Call, ...chosen: string[]): ListContext {
  return { ...lists, bound: [nameOf(call.method), toUuid(planeId(call)), ...chosen] };
}

/** What a store is asked to list in a workspace: for whom, where, and how. */
export interface ListQuery {
  readonly workspaceId: Id;
  readonly visible: Visible;
  /** Only of this project. */
  readonly projectId: Id | undefined;
  /** Only of what the rows belong to, where the request narrows the list to one; all zeros for one that there is not. */
  readonly parentId?: Id | undefined;
  readonly request: ListRequest;
  readonly context: ListContext;
}

/**
 * What bounds a list of a workspace, for its {@link Listing}: what its rows belong to, named by its
 * column, or else their project, where it names one; and what the caller may see.
 */
export function scopeIn(
  { projectId, visible }: Pick<ListQuery, "projectId" | "visible">,
  of?: string | false,
): Pick<Listing, "fixed" | "picks"> {
  const seen = visible.all || (projectId !== undefined && visible.projects.includes(toUuid(projectId)));
  return { fixed: ["workspaceId", ...(of ? [of] : projectId ? ["projectId"] : [])], picks: !seen };
}

/** A List call as a store takes it. `chosen` are the fields of its request that choose rows beside filter and project. */
export function listQuery(lists: Lists, request: ListRequest, call: Call, ...chosen: string[]): ListQuery {
  const projectId = grantedProject(call);
  const context = listContext(lists, call, projectId ? toUuid(projectId) : "", ...chosen);
  return { workspaceId: workspaceOf(call), visible: grantedScope(call), projectId, request, context };
}

/** What every answer of a List has beside its rows. */
export function pageOf({ nextPageToken, totalSize }: Omit<Page<unknown>, "rows">) {
  return { nextPageToken, ...(totalSize !== undefined && { totalSize }) };
}

type Fields = Readonly<Record<string, ListField>>;

/**
 * The fields that lists of every resource are asked by, also of those that
 * never change.
 */
export function createdFields(table: string, principals: Pick<Policy, "facts">): Fields {
  return {
    id: { kind: "id", column: `${table}.id` },
    owner: principalField(`${table}.ownerId`, principals),
    create_time: { kind: "time", column: `${table}.createTime`, sortable: true },
  };
}

/** The fields that lists of resources which change are asked by. */
export function resourceFields(table: string, principals: Pick<Policy, "facts">): Fields {
  return { ...createdFields(table, principals), update_time: { kind: "time", column: `${table}.updateTime`, sortable: true } };
}

type Called = { readonly text: string; readonly prefix: boolean };

/** One more than a filter may match, so that it is refused and not cut. */
const most = 1001;

/** Asks for a principal by id or name. */
export const principalField = (column: string, { facts }: Pick<Policy, "facts">): ListField => ({
  kind: "id",
  column,
  async resolve({ text, prefix }) {
    const found: Id[] = [];
    for (const { id, name } of facts.principals.values()) {
      if (prefix ? name.startsWith(text) : name === text) found.push(toId(id));
      if (found.length === most) break;
    }
    return found;
  },
});

/** The ids of a workspace's rows that are called so, or begin so, for filters by a related name; at most 1,001. */
// biome-ignore lint/suspicious/noExplicitAny: any table that has a workspace, an id and a name
export function called(db: Kysely<any>, table: string, workspaceId: Id): (name: Called) => Promise<Id[]> {
  return async ({ text, prefix }) => {
    const query = db.selectFrom(table).select(["id", "name"]).where("workspaceId", "=", workspaceId).limit(most);
    const named = prefix ? query.where("name", ">=", text).where("name", "<", `${text}\u{10ffff}`) : query.where("name", "=", text);
    return ((await named.execute()) as { readonly id: Id }[]).map(({ id }) => id);
  };
}
