import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";

/** Finds a flavor by its id, or by its name, which flavors of several types may have: then FIELD_INVALID asks for the id. */
export function flavorResolver({ database, bringFlavors }: Pick<Context, "database" | "bringFlavors">): Resolver {
  return async (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    await bringFlavors(workspaceId);
    const by = isUuid(reference) ? { id: toId(reference) } : { name: reference };
    const query = database.db.selectFrom("registry_flavor").select(["id", "ownerId"]);
    const [found, ...others] = await query.where((row) => row.and({ workspaceId, ...by })).execute();
    if (others.length > 0)
      throw fieldInvalid("flavor", `flavors of ${others.length + 1} types are called "${reference}"; name it by its id`);
    return found && { id: toUuid(found.id), ...(!found.ownerId.equals(noId) && { owner: toUuid(found.ownerId) }) };
  };
}
