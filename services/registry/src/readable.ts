import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "./context.ts";

/** Whether the caller may read something that a request names beside what its access rule asks for. */
export type Readable = (call: Call, type: "stack" | "stack_component", resource: Resolved) => Promise<boolean>;

export function readableBy({ policy, decisions }: Pick<Context, "policy" | "decisions">): Readable {
  return async (call, type, { project, owner }) => {
    const workspace = call.caller?.workspace;
    const organization = workspace && policy.workspace(workspace)?.organization;
    return decisions.allows(toUuid(callerId(call)), `${type}.read`, { organization, workspace, project, owner });
  };
}
