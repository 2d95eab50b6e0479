import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { CallerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Kysely } from "kysely";
import type { ComponentRow } from "../stack/tables.ts";
import type { RegistryTables } from "../tables.ts";
import { componentsCalled } from "./store.ts";

/**
 * Finds a component by its id, or by its name, which components of several
 * types may have. Of those the caller may read only one may be left: otherwise
 * FIELD_INVALID asks for the id.
 */
export function componentResolver(db: Kysely<RegistryTables>, may: CallerMay): Resolver {
  return async (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    const by = isUuid(reference) ? { id: toId(reference) } : { name: reference };
    const named = (await componentsCalled(db, workspaceId, by)).map(toResolved);
    if (named.length < 2) return named[0];
    const seen: Resolved[] = [];
    for (const each of named) if (await may(call, "stack_component.read", each)) seen.push(each);
    if (seen.length > 1) throw fieldInvalid("component", `components of ${seen.length} types are called "${reference}"; name it by its id`);
    return seen[0];
  };
}

const toResolved = ({ id, ownerId }: Pick<ComponentRow, "id" | "ownerId">): Resolved => ({ id: toUuid(id), owner: toUuid(ownerId) });
