import { create } from "@bufbuild/protobuf";
import {
  PolicyBindingSchema,
  PolicyChangeSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { newId, toUuid } from "../ids.ts";
import type { Policy } from "../policy/policy.ts";

export const newUuid = (): string => toUuid(newId());

/** Where and who tests act: an organization with a workspace, and people with roles in it. All ids are new each time. */
export interface World {
  readonly organization: string;
  readonly workspace: string;
  readonly workspaceName: string;
  /** organization-admin. */
  readonly admin: string;
  /** workspace-developer. */
  readonly developer: string;
  /** workspace-viewer. */
  readonly viewer: string;
  /** Known, with no role anywhere. */
  readonly stranger: string;
}

export function newWorld(): World {
  return {
    organization: newUuid(),
    workspace: newUuid(),
    workspaceName: "lab",
    admin: newUuid(),
    developer: newUuid(),
    viewer: newUuid(),
    stranger: newUuid(),
  };
}

/** Makes a policy know a world, as the feed would. */
export function teach(policy: Policy, { organization, workspace, workspaceName, admin, developer, viewer, stranger }: World): void {
  const principal = (id: string, name: string) => create(PolicyPrincipalSchema, { id, name, kind: "user", organization, active: true });
  const change = create(PolicyChangeSchema, {
    workspaces: [create(PolicyWorkspaceSchema, { id: workspace, name: workspaceName, organization })],
    principals: [principal(admin, "admin"), principal(developer, "dev"), principal(viewer, "viewer"), principal(stranger, "stranger")],
  });
  policy.apply(change, 1);
  give(policy, admin, "organization-admin", { organization });
  give(policy, developer, "workspace-developer", { organization, workspace });
  give(policy, viewer, "workspace-viewer", { organization, workspace });
  policy.confirm(policy.revision);
}

/** Gives a role. Returns the id of the binding, to take it away again. */
export function give(
  policy: Policy,
  principal: string,
  role: string,
  scope: { organization: string; workspace?: string; project?: string },
): string {
  const id = newUuid();
  const binding = create(PolicyBindingSchema, { id, principal, role, scope: { workspace: "", project: "", ...scope } });
  policy.apply(create(PolicyChangeSchema, { bindings: [binding] }), policy.revision + 1);
  return id;
}

export function takeAway(policy: Policy, binding: string): void {
  policy.apply(create(PolicyChangeSchema, { removedBindings: [binding] }), policy.revision + 1);
}

/** Makes a policy know somebody else, with a role in the workspace or in one of its projects. */
export function teachPerson(policy: Policy, { organization, workspace }: World, id: string, role: string, project = ""): void {
  const person = create(PolicyPrincipalSchema, { id, name: id.slice(-8), kind: "user", organization, active: true });
  policy.apply(create(PolicyChangeSchema, { principals: [person] }), policy.revision + 1);
  give(policy, id, role, { organization, workspace, project });
}
