import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { NamedRow } from "./tables.ts";

interface Store {
  /** What has the id or the name. */
  resolve(workspaceId: Id, reference: string): Promise<Pick<NamedRow, "id" | "ownerId"> | undefined>;
}

/** Finds a secret or connector in the workspace of the call. */
export function resourceResolver({ resolve }: Store): Resolver {
  return async (reference, { call }) => {
    const found = await resolve(workspaceOf(call), reference);
    return found && { id: toUuid(found.id), owner: toUuid(found.ownerId) };
  };
}
