import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { TagStore } from "./store.ts";

/** Finds a tag by its id or name. */
export function tagResolver(tags: Pick<TagStore, "some" | "named">): Resolver {
  return async (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    const [row] = await (isUuid(reference) ? tags.some(workspaceId, [toId(reference)]) : tags.named(workspaceId, [reference]));
    return row && { id: toUuid(row.id), owner: toUuid(row.ownerId) };
  };
}
