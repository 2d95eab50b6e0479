import { toUuid } from "../ids.ts";
import type { Call } from "../rpc/call.ts";
import { callerId, workspaceOf } from "../rpc/workspace.ts";
import type { PermissionName } from "./catalogue.ts";
import type { Decisions } from "./decide.ts";
import type { Place } from "./grant.ts";
import type { Policy } from "./policy.ts";

/** Whether the caller has a permission in the workspace of the call, for what lies in a project, or has an owner. */
export type CallerMay = (call: Call, permission: PermissionName, at?: Pick<Place, "project" | "owner">) => Promise<boolean>;

/** Decides about what a request names beside what its access rule asks for. */
export function callerMay({ policy, decisions }: { readonly policy: Pick<Policy, "workspace">; readonly decisions: Decisions }): CallerMay {
  return async (call, permission, { project, owner } = {}) => {
    const workspace = toUuid(workspaceOf(call));
    const organization = policy.workspace(workspace)?.organization;
    return decisions.allows(toUuid(callerId(call)), permission, { organization, workspace, project, owner });
  };
}
