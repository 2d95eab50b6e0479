import { create } from "@bufbuild/protobuf";
import {
  type PolicyBinding,
  type PolicyChange,
  PolicyChangeSchema,
  type PolicyPrincipal,
  type PolicyWorkspace,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Binding } from "@signalbox/runtime/policy/facts.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";

/** What of the policy a watcher hears. */
export interface View {
  workspace(fact: PolicyWorkspace): boolean;
  principal(fact: PolicyPrincipal): boolean;
  binding(fact: Binding): boolean;
  /** The part of a change that is shown; undefined where the view itself changes with it, so that the watcher starts over. */
  narrow(change: PolicyChange): PolicyChange | undefined;
}

const everything: View = { workspace: () => true, principal: () => true, binding: () => true, narrow: (change) => change };

/**
 * What a workspace needs to decide: itself, its own bindings and those of its
 * organization as a whole, the principals that have any of these, and every
 * revocation. An empty id stands for the whole policy.
 */
export function viewOf(policy: Pick<Policy, "workspace" | "facts">, id: string): View {
  if (id === "") return everything;
  const known = () => policy.facts.workspaces.get(id)?.organization;
  const organization = known();
  /** Principals that were shown once are shown for ever: their end has to be heard. */
  const shown = new Set<string>();

  const inside = (scope: { readonly organization: string; readonly workspace: string }) =>
    organization !== undefined && scope.organization === organization && (scope.workspace === "" || scope.workspace === id);
  const concerned = (principal: string) => {
    if (shown.has(principal)) return true;
    const concerns = [...(policy.facts.bindingsOf.get(principal)?.values() ?? [])].some(inside);
    if (concerns) shown.add(principal);
    return concerns;
  };

  return {
    workspace: (fact) => fact.id === id,
    principal: ({ id: principal }) => concerned(principal),
    binding: inside,
    narrow(change) {
      if (known() !== organization) return undefined;
      const bindings = change.bindings.filter(({ scope }: PolicyBinding) => scope !== undefined && inside(scope));
      const told = new Map(change.principals.filter(({ id: principal }) => concerned(principal)).map((fact) => [fact.id, fact]));
      // Whoever has a first role here was not shown before.
      for (const { principal } of bindings) {
        const fact = policy.facts.principals.get(principal);
        if (fact) told.set(principal, fact);
        shown.add(principal);
      }
      return create(PolicyChangeSchema, {
        revision: change.revision,
        principals: [...told.values()],
        bindings,
        removedBindings: change.removedBindings,
        workspaces: change.workspaces.filter((fact) => fact.id === id),
        revocations: change.revocations,
      });
    },
  };
}

/** Whether a change tells of anything. */
export const tells = ({ principals, bindings, removedBindings, workspaces, revocations }: PolicyChange): boolean =>
  principals.length + bindings.length + removedBindings.length + workspaces.length + revocations.length > 0;
