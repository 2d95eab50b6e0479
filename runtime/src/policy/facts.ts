import type {
  PolicyBinding,
  PolicyChange,
  PolicyPrincipal,
  PolicyWorkspace,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { type Role, roleById } from "./roles.ts";

/** A role given to a principal, ready to be decided by. Ids are UUID texts; empty where the scope is wider. */
export interface Binding {
  readonly id: string;
  readonly principal: string;
  readonly role: Role;
  readonly organization: string;
  readonly workspace: string;
  readonly project: string;
}

/** What is known of the policy: plain maps, changed by the feed and read by decisions. */
export interface Facts {
  readonly principals: Map<string, PolicyPrincipal>;
  readonly workspaces: Map<string, PolicyWorkspace>;
  readonly bindings: Map<string, Binding>;
  readonly bindingsOf: Map<string, Map<string, Binding>>;
  /** Tokens of these credentials or principals are refused if they were issued before this time, in milliseconds since 1970. */
  readonly revocations: Map<string, number>;
}

export function emptyFacts(): Facts {
  return { principals: new Map(), workspaces: new Map(), bindings: new Map(), bindingsOf: new Map(), revocations: new Map() };
}

/** Takes in what changed. In any order and any number of times: the facts are whole values. */
export function applyChange(facts: Facts, change: PolicyChange): void {
  for (const principal of change.principals) facts.principals.set(principal.id, principal);
  for (const workspace of change.workspaces) facts.workspaces.set(workspace.id, workspace);
  for (const binding of change.bindings) addBinding(facts, binding);
  for (const id of change.removedBindings) removeBinding(facts, id);
  for (const { credential, time } of change.revocations) {
    const millis = time ? Number(time.seconds) * 1000 + Math.ceil(time.nanos / 1e6) : 0;
    facts.revocations.set(credential, Math.max(millis, facts.revocations.get(credential) ?? 0));
  }
}

function addBinding({ bindings, bindingsOf }: Facts, { id, principal, role: roleId, scope }: PolicyBinding): void {
  const role = roleById.get(roleId);
  // A role of a newer release grants nothing here rather than something wrong.
  if (!role || !scope) return;
  const { organization, workspace, project } = scope;
  const binding: Binding = { id, principal, role, organization, workspace, project };
  bindings.set(id, binding);
  let own = bindingsOf.get(principal);
  if (!own) {
    own = new Map();
    bindingsOf.set(principal, own);
  }
  own.set(id, binding);
}

function removeBinding({ bindings, bindingsOf }: Facts, id: string): void {
  const binding = bindings.get(id);
  if (!binding) return;
  bindings.delete(id);
  const own = bindingsOf.get(binding.principal);
  own?.delete(id);
  if (own?.size === 0) bindingsOf.delete(binding.principal);
}
