import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import type { RegistryTables } from "../tables.ts";

/** Finds a stack by its id or name. */
export function stackResolver(db: Kysely<RegistryTables>): Resolver {
  return async (reference, { call }) => {
    const by = isUuid(reference) ? { id: toId(reference) } : { name: reference };
    const query = db.selectFrom("registry_stack").select(["id", "ownerId"]);
    const row = await query.where((row) => row.and({ workspaceId: workspaceOf(call), ...by })).executeTakeFirst();
    return row && { id: toUuid(row.id), owner: toUuid(row.ownerId) };
  };
}
