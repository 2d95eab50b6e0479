import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Readable } from "../readable.ts";
import type { ComponentRow } from "../stack/tables.ts";
import type { componentStore } from "./store.ts";

/**
 * Finds a component by its id, or by its name, which components of several
 * types may have. Of those the caller may read only one may be left: otherwise
 * FIELD_INVALID asks for the id.
 */
export function componentResolver(components: ReturnType<typeof componentStore>, readable: Readable): Resolver {
  return async (reference, { call }) => {
    const workspaceId = workspaceOf(call);
    if (isUuid(reference)) {
      const row = await components.find(workspaceId, toId(reference));
      return row && toResolved(row);
    }
    const named = (await components.named(workspaceId, reference)).map(toResolved);
    if (named.length < 2) return named[0];
    const seen: Resolved[] = [];
    for (const each of named) if (await readable(call, "stack_component", each)) seen.push(each);
    if (seen.length > 1) throw fieldInvalid("component", `components of ${seen.length} types are called "${reference}"; name it by its id`);
    return seen[0];
  };
}

const toResolved = ({ id, ownerId }: Pick<ComponentRow, "id" | "ownerId">): Resolved => ({ id: toUuid(id), owner: toUuid(ownerId) });
