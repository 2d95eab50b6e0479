import { catalogue, type PermissionName } from "./catalogue.ts";

/** The widest scope that a role can be given at; it can be given at narrower ones too. */
export type ScopeLevel = "organization" | "workspace" | "project";

/** A named set of permissions. */
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly level: ScopeLevel;
  readonly permissions: ReadonlySet<PermissionName>;
}

const stacks = ["stack", "stack_component", "flavor"];
const infrastructure = [...stacks, "connector", "secret"];
const content = [
  "pipeline",
  "snapshot",
  "build",
  "code_repository",
  "run_template",
  "run",
  "artifact",
  "artifact_version",
  "curated_visualization",
  "model",
  "model_version",
];
const vocabulary = ["tag"];
const inWorkspace = ["project", ...infrastructure, ...vocabulary, ...content, "settings", "audit_event"];
const people = ["policy", "user", "service_account", "api_key", "member", "role_binding"];

/** The permissions of these types whose action is one of these; all actions where none is named. */
function grant(types: readonly string[], ...actions: string[]): PermissionName[] {
  return [...catalogue].filter((permission) => {
    const [type = "", action = ""] = permission.split(".");
    return types.includes(type) && (actions.length === 0 || actions.includes(action));
  });
}

function role(id: string, level: ScopeLevel, description: string, ...permissions: PermissionName[][]): Role {
  const name = id.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => (dash ? " " : "") + letter.toUpperCase());
  return { id, name, description, level, permissions: new Set(permissions.flat()) };
}

const organizationRead = grant(["organization", "member"], "read");
const workspaceEntry = grant(["workspace"], "read");

/**
 * The built-in roles. Whoever has any role in a scope also has every
 * permission on what they own there; that is not repeated here.
 */
export const roles: readonly Role[] = [
  role(
    "organization-admin",
    "organization",
    "Everything in the organization, its workspaces and their projects.",
    grant(["organization"], "read", "update", "create"),
    grant([...people, "workspace", ...inWorkspace]),
  ),
  role(
    "organization-manager",
    "organization",
    "People and workspaces of the organization, but not what is in the workspaces.",
    organizationRead,
    grant(["organization"], "update"),
    grant(["user", "service_account", "api_key", "member"], "create", "read", "update"),
    grant(["role_binding"], "read"),
    grant(["workspace"], "create", "read", "update"),
  ),
  role(
    "organization-viewer",
    "organization",
    "Sees the organization, its people and its workspaces, and their stacks.",
    organizationRead,
    grant(["user", "service_account", "role_binding"], "read"),
    workspaceEntry,
    grant(stacks, "read"),
  ),
  role("organization-member", "organization", "Belongs to the organization; sees what other roles show.", organizationRead),
  role(
    "workspace-admin",
    "workspace",
    "Everything in the workspace: settings, roles, projects and stacks.",
    grant(["workspace"], "read", "update"),
    grant(["role_binding", ...inWorkspace]),
  ),
  role(
    "workspace-developer",
    "workspace",
    "Creates and reads in the workspace and all its projects, and changes stacks of others.",
    workspaceEntry,
    grant(["project", ...vocabulary, ...content], "create", "read"),
    grant(stacks, "create", "read", "update"),
    grant(["connector"], "create", "read", "issue"),
    grant(["secret"], "create", "read"),
    grant(["code_repository"], "download"),
  ),
  role(
    "workspace-contributor",
    "workspace",
    "Creates in the workspace, and has what it creates; sees nothing of others.",
    workspaceEntry,
    grant([...infrastructure, ...vocabulary], "create"),
    // What components are made of.
    grant(["flavor"], "read"),
  ),
  role(
    "workspace-viewer",
    "workspace",
    "Reads the workspace and all its projects.",
    workspaceEntry,
    grant(["project", ...stacks, ...vocabulary, ...content], "read"),
  ),
  role(
    "workspace-plane",
    "workspace",
    "For a workspace that runs elsewhere: follows who may do what in it, and asks about it.",
    workspaceEntry,
    grant(["policy", "role_binding"], "read"),
  ),
  role(
    "stack-admin",
    "workspace",
    "Everything about stacks, components and connectors; no projects.",
    workspaceEntry,
    grant([...stacks, "connector"]),
  ),
  role(
    "project-admin",
    "project",
    "Everything in the project, and who has roles in it.",
    workspaceEntry,
    grant(["project"], "read", "update", "delete"),
    grant(["role_binding", ...content]),
    grant(vocabulary, "create"),
  ),
  role(
    "project-developer",
    "project",
    "Creates and reads in the project.",
    workspaceEntry,
    grant(["project"], "read"),
    grant(content, "create", "read"),
    grant(["code_repository"], "download"),
    grant(vocabulary, "create"),
  ),
  role(
    "project-contributor",
    "project",
    "Creates in the project, and has what it creates; sees nothing of others.",
    workspaceEntry,
    grant(["project"], "read"),
    grant([...content, ...vocabulary], "create"),
  ),
  role("project-viewer", "project", "Reads the project.", workspaceEntry, grant(["project", ...content], "read")),
];

export const roleById: ReadonlyMap<string, Role> = new Map(roles.map((each) => [each.id, each]));
