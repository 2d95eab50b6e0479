import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import type { SecretRow } from "../tables.ts";
import { secretStore } from "./store.ts";

/** Finds a secret that a request names beside what its access rule asks for. */
export type UsableSecret = (call: Call, reference: string) => Promise<Pick<SecretRow, "id">>;

/**
 * Whoever has something use a secret may read its values: otherwise they could have them sent to where they read them. Fails with
 * NOT_FOUND or PERMISSION_MISSING.
 */
export function usableSecret({ database, policy }: Pick<Context, "database" | "policy">, decisions: Decisions): UsableSecret {
  const may = callerMay({ policy, decisions });
  const secrets = secretStore(database, policy);
  return async (call, reference) => {
    const found = await secrets.resolve(workspaceOf(call), reference, callerId(call));
    if (!found) throw notFound("secret", reference);
    const owned = { owner: toUuid(found.ownerId) };
    if (await may(call, "secret.read_value", owned)) return found;
    if (!(await may(call, "secret.read", owned))) throw notFound("secret", reference);
    throw new SignalboxError(Reason.PERMISSION_MISSING, "you may not have the secret used: it needs secret.read_value", {
      metadata: { permission: "secret.read_value" },
    });
  };
}
