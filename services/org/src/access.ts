import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import type { OrgOptions } from "./options.ts";
import { organizationStore } from "./organization/store.ts";

/** The organizations that the caller is in, by a role or as a member; undefined stands for all, which services see. */
export async function organizationsOf(
  { policy, database: { db } }: Pick<OrgOptions, "policy" | "database">,
  call: Call,
): Promise<Id[] | undefined> {
  const principal = callerId(call);
  if (principal.equals(noId)) return undefined;
  const joined = await organizationStore(db).joined(principal);
  const ids = new Set([...policy.organizationsOf(toUuid(principal)), ...joined.map(toUuid)]);
  return [...ids].map(toId);
}

/** The workspaces that a caller may enter: all of some organizations, and some more. */
export interface Enterable {
  readonly organizations: readonly Id[];
  readonly workspaces: readonly Id[];
}

/** What the caller may enter; undefined stands for everything, which services may. */
export function enterable(policy: Pick<Policy, "organizationsOf" | "allows" | "bindingsOf">, call: Call): Enterable | undefined {
  const id = callerId(call);
  if (id.equals(noId)) return undefined;
  const principal = toUuid(id);
  const whole = policy.organizationsOf(principal).filter((organization) => policy.allows(principal, "workspace.read", { organization }));
  const single = new Set(policy.bindingsOf(principal).flatMap(({ workspace }) => (workspace === "" ? [] : [workspace])));
  return { organizations: whole.map(toId), workspaces: [...single].map(toId) };
}
