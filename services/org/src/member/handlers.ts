import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import type { OrganizationService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { type Id, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { memberRemoved } from "../events.ts";
import { type OrgOptions, settleMs } from "../options.ts";
import { toMember } from "./mapping.ts";
import { memberStore } from "./store.ts";

type Methods = "addMember" | "listMembers" | "removeMember";

/** How long the roles of one who left may still be in the policy, with room for a slow feed and clocks that differ. */
const inFlight = 10 * 60 * 1e6;

export function memberHandlers({
  database,
  log,
  mutate,
  policy,
  peers,
  lists,
  clock,
}: OrgOptions): Pick<Handlers<typeof OrganizationService>, Methods> {
  const { db, dialect } = database;
  const store = memberStore(db, dialect);

  /** Fails with NOT_FOUND. Identity knows those whom the policy has not heard of yet. */
  async function checkPrincipal(id: string): Promise<void> {
    if (policy.facts.principals.has(id)) return;
    const { principals } = await peers(UserService).batchGetPrincipals({ ids: [id] });
    if (principals.length === 0) throw notFound("principal", id);
  }

  return {
    async addMember(request, call) {
      const [organizationId, principalId] = [grantedId(call), toId(request.principal)];
      await checkPrincipal(toUuid(principalId));
      if (!(await store.get(organizationId, principalId))) {
        const about = { subject: toUuid(principalId), organization: toUuid(organizationId) };
        await mutate(call, about, (trx) => memberStore(trx, dialect).join(organizationId, principalId, clock()));
      }
      const row = await store.get(organizationId, principalId);
      if (!row) throw notFound("member", request.principal); // It was removed again meanwhile.
      return { member: toMember(row, policy) };
    },

    async listMembers(request, call) {
      const organizationId = grantedId(call);
      const { rows, ...page } = await store.list(organizationId, request, listContext(lists, call, toUuid(organizationId)));
      return { members: rows.map((row) => toMember(row, policy)), ...pageOf(page) };
    },

    async removeMember(request, call) {
      const [organizationId, principalId] = [grantedId(call), toId(request.principal)];
      const [organization, principal] = [toUuid(organizationId), toUuid(principalId)];
      const held = () => policy.bindingsOf(principal).filter((binding) => binding.organization === organization).length;
      const removedBindings = held();
      if (removedBindings === 0 && !(await store.get(organizationId, principalId))) return { removedBindings };
      await mutate(call, { subject: principal, organization }, async (trx) => {
        const members = memberStore(trx, dialect);
        await members.guardDepartures(organizationId);
        const others = administratorsOf(policy, organization);
        if (others.delete(principal)) {
          const left = await members.leftSince(organizationId, [...others].map(toId), clock() - inFlight);
          if (others.size === left.length) throw lastAdministrator(organizationId);
        }
        await members.leave(organizationId, principalId, clock());
        await log.append(trx, [memberRemoved({ organizationId, principalId }, clock())]);
      });
      await holds(policy, () => held() === 0, settleMs, call.signal);
      return { removedBindings };
    },
  };
}

/** The active administrators of an organization, as far as the policy has heard. */
function administratorsOf(policy: Policy, organization: string): Set<string> {
  const bindings = policy.bindingsAt({ organization });
  return new Set(
    bindings.flatMap(({ role, workspace, principal }) =>
      role.id === "organization-admin" && workspace === "" && policy.isActive(principal) ? [principal] : [],
    ),
  );
}

const lastAdministrator = (organizationId: Id): SignalboxError =>
  new SignalboxError(Reason.PROTECTED, "an organization keeps at least one active administrator", {
    metadata: { type: "organization", id: toUuid(organizationId) },
  });
