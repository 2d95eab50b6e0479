import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { StackStore } from "./store.ts";

/** Finds a stack by its id or name. */
export function stackResolver(stacks: Pick<StackStore, "row" | "named">): Resolver {
  return async (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    const row = await (isUuid(reference) ? stacks.row(workspaceId, toId(reference)) : stacks.named(workspaceId, reference));
    return row && { id: toUuid(row.id), owner: toUuid(row.ownerId) };
  };
}
