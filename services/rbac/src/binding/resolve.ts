import type { Scope } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import { isUuid, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Resolvers } from "@signalbox/runtime/policy/resolver.ts";
import { toScope } from "../feed/facts.ts";
import { toPlace, toScopeIds } from "./scope.ts";
import type { BindingStore } from "./store.ts";

/** Finds bindings and workspaces by id, and scopes by what they say: a workspace has to lie in the organization that is named with it. */
export function bindingResolvers(store: BindingStore, policy: Pick<Policy, "facts">): Resolvers {
  /** What was created a moment ago is in the tables before it is in the policy. */
  async function organizationOf(workspace: string): Promise<string | undefined> {
    const known = policy.facts.workspaces.get(workspace);
    if (known) return known.organization;
    const row = await store.workspace(toId(workspace));
    return row && toUuid(row.organizationId);
  }

  return {
    async scope(reference) {
      // An unset field is absent or empty, depending on who wrote the text.
      const { organization = "", workspace = "", project = "" } = JSON.parse(reference || "{}") as Partial<Scope>;
      if (!isUuid(organization)) return undefined;
      toScopeIds({ organization, workspace, project });
      const place = toPlace({ organization, workspace, project });
      if (place.workspace !== undefined && (await organizationOf(place.workspace)) !== place.organization) return undefined;
      return { ...place, id: place.project ?? place.workspace ?? (place.organization as string) };
    },

    async workspace(reference) {
      const organization = isUuid(reference) ? await organizationOf(reference) : undefined;
      return organization === undefined ? undefined : { id: reference, organization, workspace: reference };
    },

    async role_binding(reference) {
      const row = isUuid(reference) ? await store.get(toId(reference)) : undefined;
      return row && { ...toPlace(toScope(row)), id: toUuid(row.id) };
    },
  };
}

/** Whether a workspace lies in the organization it is named with, as far as is known. */
export const agrees = (policy: Pick<Policy, "facts">, { organization, workspace }: Pick<Scope, "organization" | "workspace">): boolean =>
  workspace === "" || policy.facts.workspaces.get(workspace.toLowerCase())?.organization === organization.toLowerCase();
