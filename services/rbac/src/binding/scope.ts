import type { Scope } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, noId, toId } from "@signalbox/runtime/ids.ts";
import type { Place } from "@signalbox/runtime/policy/grant.ts";
import type { ScopeLevel } from "@signalbox/runtime/policy/roles.ts";

/** Where a role holds, as rows have it: all zeros where the scope is wider. */
export interface ScopeIds {
  readonly organizationId: Id;
  readonly workspaceId: Id;
  readonly projectId: Id;
}

/** The ids of a scope. Fails with FIELD_INVALID for a project without its workspace. */
export function toScopeIds({ organization, workspace, project }: Pick<Scope, "organization" | "workspace" | "project">): ScopeIds {
  if (project !== "" && workspace === "") throw fieldInvalid("scope.workspace", "is needed beside the project that lies in it");
  return { organizationId: toId(organization), workspaceId: idOf(workspace), projectId: idOf(project) };
}

/** A scope as decisions take it. */
export function toPlace({ organization, workspace, project }: Pick<Scope, "organization" | "workspace" | "project">): Place {
  return {
    organization: organization.toLowerCase(),
    workspace: workspace.toLowerCase() || undefined,
    project: project.toLowerCase() || undefined,
  };
}

/** How wide a scope is. */
export function levelOf({ workspace, project }: Pick<Scope, "workspace" | "project">): ScopeLevel {
  if (project !== "") return "project";
  return workspace === "" ? "organization" : "workspace";
}

const widest: readonly ScopeLevel[] = ["organization", "workspace", "project"];

/** Whether a role of a level can be given at a scope of another. */
export const fits = (role: ScopeLevel, scope: ScopeLevel): boolean => widest.indexOf(scope) >= widest.indexOf(role);

const idOf = (uuid: string): Id => (uuid === "" ? noId : toId(uuid));
