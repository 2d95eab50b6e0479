import type { PolicyChange, PolicyWorkspace } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { toUuid } from "../ids.ts";
import type { PermissionName } from "./catalogue.ts";
import { allows, covers, grantedBy, visible } from "./evaluate.ts";
import { applyChange, type Binding, emptyFacts, type Facts } from "./facts.ts";
import type { Place, Visible } from "./grant.ts";

/**
 * The policy as this process knows it, and the decisions made from it. Ids are
 * UUID texts. In rbac it follows the tables; elsewhere it mirrors rbac's feed.
 */
export interface Policy {
  /** The revision up to which it is complete; 0 while nothing is known yet. */
  readonly revision: number;
  /** When it was last known to be complete, in milliseconds since 1970; 0 while it never was. */
  readonly confirmedAtMs: number;
  allows(principal: string, permission: PermissionName, place: Place): boolean;
  /** What allows it: a binding, ownership, or nothing. */
  grantedBy(principal: string, permission: PermissionName, place: Place): Binding | "owner" | undefined;
  visible(principal: string, permission: PermissionName, workspace: string): Visible;
  /** Whether tokens of this credential and principal, issued at this time (milliseconds since 1970), must be refused. */
  revoked(credential: string, principal: string, issuedAtMillis: number): boolean;
  isActive(principal: string): boolean;
  /** Whether a principal is known and may not act; one that was not heard of yet may still come. */
  isInactive(principal: string): boolean;
  bindingsOf(principal: string): readonly Binding[];
  /** Every binding whose scope lies in a place or covers it. */
  bindingsAt(place: Place): readonly Binding[];
  workspace(reference: string): PolicyWorkspace | undefined;
  /** The workspaces in which a principal has any role, by name. */
  workspacesOf(principal: string): readonly PolicyWorkspace[];
  entersWorkspace(principal: string, workspace: string): boolean;
  /** The organizations in which a principal has any role. */
  organizationsOf(principal: string): readonly string[];
  /** The organization that manages a principal. */
  organizationOf(principal: string): string | undefined;
  /** A principal as shown beside what it owns. */
  principalRef(id: Uint8Array): { readonly id: string; readonly name: string };
  /** Everything that is known, to be sent to others. */
  readonly facts: Readonly<Facts>;
  /** Takes in a change that makes it complete up to the revision. */
  apply(change: PolicyChange, revision: number): void;
  /** Forgets everything and takes in a whole policy instead, in one step that no decision falls between. */
  replace(changes: readonly PolicyChange[], revision: number): void;
  /** Says that nothing is missing up to the revision as of now: the sign of life of whatever feeds the policy. */
  confirm(revision: number): void;
  /** Calls back after each change with what changed; returns the way to end that. */
  onChange(heard: () => void): () => void;
}

export function createPolicy(): Policy {
  let facts = emptyFacts();
  let revision = 0;
  let confirmedAtMs = 0;
  let names: Map<string, PolicyWorkspace> | undefined;
  const listeners = new Set<() => void>();

  function changed(now: number): void {
    revision = Math.max(revision, now);
    names = undefined;
    for (const heard of listeners) heard();
  }

  function workspace(reference: string): PolicyWorkspace | undefined {
    names ??= new Map([...facts.workspaces.values()].map((each) => [each.name, each]));
    return facts.workspaces.get(reference) ?? names.get(reference);
  }

  const bindingsOf = (principal: string): readonly Binding[] => [...(facts.bindingsOf.get(principal)?.values() ?? [])];
  const enters = (principal: string, { id, organization }: PolicyWorkspace): boolean =>
    allows(facts, principal, "workspace.read", { organization, workspace: id }) ||
    bindingsOf(principal).some((binding) => binding.workspace === id && facts.principals.get(principal)?.active === true);

  return {
    get revision() {
      return revision;
    },
    get confirmedAtMs() {
      return confirmedAtMs;
    },
    get facts() {
      return facts;
    },
    allows: (principal, permission, place) => allows(facts, principal, permission, place),
    grantedBy: (principal, permission, place) => grantedBy(facts, principal, permission, place),
    visible: (principal, permission, id) => visible(facts, principal, permission, facts.workspaces.get(id)?.organization ?? "", id),
    revoked: (credential, principal, issuedAtMillis) =>
      issuedAtMillis < Math.max(facts.revocations.get(credential) ?? 0, facts.revocations.get(principal) ?? 0),
    isActive: (principal) => facts.principals.get(principal)?.active === true,
    isInactive: (principal) => facts.principals.get(principal)?.active === false,
    bindingsOf,
    bindingsAt: (place) => [...facts.bindings.values()].filter((binding) => covers(binding, place) || lies(binding, place)),
    workspace,
    workspacesOf: (principal) =>
      [...facts.workspaces.values()].filter((each) => enters(principal, each)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    entersWorkspace: (principal, id) => {
      const found = facts.workspaces.get(id);
      return found !== undefined && enters(principal, found);
    },
    organizationsOf: (principal) => [...new Set(bindingsOf(principal).map(({ organization }) => organization))],
    organizationOf: (principal) => facts.principals.get(principal)?.organization,
    principalRef: (bytes) => {
      const id = toUuid(bytes);
      return { id, name: facts.principals.get(id)?.name ?? "" };
    },
    apply(change, now) {
      applyChange(facts, change);
      changed(now);
    },
    replace(changes, now) {
      const next = emptyFacts();
      for (const change of changes) applyChange(next, change);
      facts = next;
      revision = 0;
      changed(now);
    },
    confirm(now) {
      revision = Math.max(revision, now);
      confirmedAtMs = Date.now();
    },
    onChange(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
  };
}

/** Whether a binding's scope lies within a place. */
function lies(binding: Binding, { organization, workspace, project }: Place): boolean {
  return (
    binding.organization === organization &&
    (workspace === undefined || binding.workspace === workspace) &&
    (project === undefined || binding.project === project)
  );
}
