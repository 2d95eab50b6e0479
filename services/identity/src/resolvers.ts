import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { OrganizationService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { type Id, isUuid, toUuid } from "@signalbox/runtime/ids.ts";
import { onward, type Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Resolver, Resolvers } from "@signalbox/runtime/policy/resolver.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";
import { idOf, type Principal } from "./principal/store.ts";
import type { Stores } from "./stores.ts";

type Needed = Pick<Stores, "users" | "accounts" | "principals" | "keys">;

/** How the references in requests are found. */
export function resolvers({ users, accounts, principals, keys }: Needed, peers: Peers, policy: Policy): Resolvers {
  const byId =
    <R>(find: (id: Id) => Promise<R | undefined>) =>
    async (reference: string): Promise<R | undefined> => {
      const id = idOf(reference);
      return id && find(id);
    };
  const account = byId(async (id) => there(await accounts.byId(id)));
  const principal = byId(async (id) => there(await principals.find(id)));
  const key = byId((id) => keys.byId(id));

  return {
    organization: organizationResolver(peers, policy),

    user: async (reference) => {
      const row = await users.byReference(reference);
      return row && placeOf({ ...row, kind: "user" });
    },

    service_account: async (reference) => {
      const row = await account(reference);
      return row && placeOf({ ...row, kind: "service_account" });
    },

    principal: async (reference, { call }) => {
      const found = await principal(reference || (call.caller?.id ?? ""));
      return found && placeOf(found);
    },

    api_key: async (reference) => {
      const row = await key(reference);
      const owner = row && there(await principals.find(row.principalId));
      return row && owner && { ...placeOf(owner), id: toUuid(row.id) };
    },
  };
}

/** Nothing for what was deleted, of which the id alone is left. */
const there = <R extends Pick<Principal, "state">>(row: R | undefined): R | undefined =>
  row?.state === PrincipalState.DELETED ? undefined : row;

/** A user is their own owner; a service account belongs to its organization alone. */
function placeOf({ id, organizationId, kind }: Pick<Principal, "id" | "organizationId" | "kind">): Resolved {
  const uuid = toUuid(id);
  return { id: uuid, organization: toUuid(organizationId), ...(kind === "user" && { owner: uuid }) };
}

/** An id that the policy knows needs no call; else org is asked, on behalf of the caller. */
function organizationResolver(peers: Peers, policy: Policy): Resolver {
  const known = (id: string, caller: string) =>
    policy.organizationOf(caller) === id ||
    policy.organizationsOf(caller).includes(id) ||
    [...policy.facts.workspaces.values()].some(({ organization }) => organization === id);

  return async (reference, { call }) => {
    if (isUuid(reference) && known(reference, call.caller?.id ?? "")) return { id: reference, organization: reference };
    try {
      const { organization } = await peers(OrganizationService, "org").getOrganization({ organization: reference }, onward(call));
      return organization && { id: organization.id, organization: organization.id };
    } catch (error) {
      const { reason } = toSignalboxError(error);
      if (reason === Reason.NOT_FOUND || reason === Reason.PERMISSION_MISSING) return undefined;
      throw error;
    }
  };
}
