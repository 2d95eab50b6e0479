import { nearest } from "@signalbox/runtime/host/nearest.ts";
import { catalogue } from "@signalbox/runtime/policy/catalogue.ts";
import { covers } from "@signalbox/runtime/policy/evaluate.ts";
import type { Binding } from "@signalbox/runtime/policy/facts.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import { fits } from "../binding/scope.ts";
import type { Asked } from "./question.ts";

/** Why something is allowed, or what is missing. */
export interface Explanation {
  readonly allowed: boolean;
  readonly sentence: string;
  /** The ids of the bindings that allow it. */
  readonly granted: readonly string[];
  readonly owner: boolean;
  readonly missingRoles: readonly string[];
}

export function explain(policy: Policy, asked: Asked): Explanation {
  const { principal, permission, place, real } = asked;
  const grounds = real ? policy.grantedBy(principal, permission, place) : undefined;
  const name = policy.facts.principals.get(principal)?.name || principal;
  if (grounds === "owner") {
    return answer(`${name} may ${permission} there, as the owner of what is asked about.`, { allowed: true, owner: true });
  }
  if (grounds !== undefined) {
    const granting = policy.bindingsOf(principal).filter((binding) => covers(binding, place) && binding.role.permissions.has(permission));
    const by = granting.map((binding) => `${binding.role.id} ${widthOf(binding)}`).join(", and by ");
    return answer(`${name} may ${permission} there, by ${by}.`, { allowed: true, granted: granting.map(({ id }) => id) });
  }
  const missingRoles = rolesFor(asked);
  return answer(refusal(policy, asked, name, missingRoles), { missingRoles });
}

const answer = (sentence: string, rest: Partial<Explanation>): Explanation => ({
  allowed: false,
  granted: [],
  owner: false,
  missingRoles: [],
  ...rest,
  sentence,
});

function refusal(policy: Policy, { principal, permission, real }: Asked, name: string, missingRoles: readonly string[]): string {
  const fact = policy.facts.principals.get(principal);
  if (!fact) return `There is no principal ${principal}.`;
  if (!fact.active) return `${name} is not active, and may do nothing.`;
  if (!real) return "There is no such workspace in that organization.";
  if (!(catalogue as ReadonlySet<string>).has(permission)) return unknown(permission);
  if (missingRoles.length === 0) return `${name} may not ${permission} there, and no role at that scope allows it.`;
  return `${name} may not ${permission} there. What is missing is one of: ${missingRoles.join(", ")}.`;
}

function unknown(permission: string): string {
  const meant = nearest(permission, catalogue);
  return `There is no permission "${permission}"${meant ? `; ${meant} may be meant` : ""}.`;
}

/** The roles that could be given somewhere that covers the place, and would allow it. */
function rolesFor({ permission, place, real }: Asked): string[] {
  if (!real) return [];
  const level = place.project !== undefined ? "project" : place.workspace !== undefined ? "workspace" : "organization";
  return roles.filter((role) => role.permissions.has(permission) && fits(role.level, level)).map(({ id }) => id);
}

function widthOf({ workspace, project }: Binding): string {
  if (project !== "") return "in the project";
  return workspace === "" ? "in the organization" : "in the workspace";
}
