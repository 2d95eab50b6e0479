import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { secretStore } from "./store.ts";

/**
 * Finds a secret, of what the caller may know. Whoever may delete secrets of others may delete private ones too, by their id: people
 * leave, and what they kept would stay otherwise.
 */
export function secretResolver({ database, policy }: Pick<Context, "database" | "policy">, decisions: Decisions): Resolver {
  const may = callerMay({ policy, decisions });
  const { resolve, owner } = secretStore(database, policy);
  const { deleteSecret } = SecretService.method;
  return async (reference, { call }) => {
    const [workspaceId, caller] = [workspaceOf(call), callerId(call)];
    const found = await resolve(workspaceId, reference, caller);
    if (found) return { id: toUuid(found.id), owner: toUuid(found.ownerId) };
    if (call.method !== deleteSecret || !isUuid(reference)) return undefined;
    if (!(await may(call, "secret.delete"))) return undefined;
    const hidden = await owner(workspaceId, toId(reference));
    return hidden && { id: toUuid(hidden.id), owner: toUuid(hidden.ownerId) };
  };
}
