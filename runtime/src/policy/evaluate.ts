import type { PermissionName } from "./catalogue.ts";
import type { Binding, Facts } from "./facts.ts";
import type { Place, Visible } from "./grant.ts";

/** Whether a binding's scope takes in a place. */
export function covers(binding: Binding, place: Place): boolean {
  if (binding.organization !== place.organization) return false;
  if (binding.workspace === "") return true;
  if (binding.workspace !== place.workspace) return false;
  return binding.project === "" || binding.project === place.project;
}

/** The bindings of an active principal; nothing for one that is not. */
function bindingsOf(facts: Facts, principal: string): Iterable<Binding> {
  if (facts.principals.get(principal)?.active !== true) return [];
  return facts.bindingsOf.get(principal)?.values() ?? [];
}

/**
 * Whether a principal may do something at a place: some binding that covers
 * the place holds the permission, or the principal owns what lies there and
 * has any binding that covers it. Ownership without a role left is worth
 * nothing, so that taking the last role away takes everything away. Users are
 * their own owners wherever they are.
 */
export function allows(facts: Facts, principal: string, permission: PermissionName, place: Place): boolean {
  return grantedBy(facts, principal, permission, place) !== undefined;
}

/** What allows it: the first binding that does, or ownership. */
export function grantedBy(facts: Facts, principal: string, permission: PermissionName, place: Place): Binding | "owner" | undefined {
  const owns = place.owner !== undefined && place.owner === principal;
  let member = false;
  for (const binding of bindingsOf(facts, principal)) {
    if (!covers(binding, place)) continue;
    if (binding.role.permissions.has(permission)) return binding;
    member = true;
  }
  if (owns && (member || isSelf(permission)) && facts.principals.get(principal)?.active === true) return "owner";
  return undefined;
}

/** What a person may always do with their own account and keys, in an organization that gave them no role yet. */
const selfService = new Set(["user.read", "user.update", "api_key.create", "api_key.read", "api_key.update", "api_key.delete"]);
const isSelf = (permission: PermissionName): boolean => selfService.has(permission);

/** Where in a workspace a principal holds a permission, as the bound of a list. */
export function visible(facts: Facts, principal: string, permission: PermissionName, organization: string, workspace: string): Visible {
  const projects = new Set<string>();
  const memberOf = new Set<string>();
  let member = false;
  for (const { organization: inOrganization, workspace: inWorkspace, project, role } of bindingsOf(facts, principal)) {
    if (inOrganization !== organization || (inWorkspace !== "" && inWorkspace !== workspace)) continue;
    const holds = role.permissions.has(permission);
    if (project === "") {
      if (holds) return { all: true };
      member = true;
    } else {
      memberOf.add(project);
      if (holds) projects.add(project);
    }
  }
  return { all: false, projects: [...projects], owner: principal, ownIn: member ? undefined : [...memberOf] };
}
