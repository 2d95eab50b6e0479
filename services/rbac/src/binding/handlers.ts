import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import type { Scope } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import type { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import type { Mutate } from "@signalbox/runtime/audit/mutation.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { fieldInvalid, notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Role, roleById } from "@signalbox/runtime/policy/roles.ts";
import { type Lists, listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId } from "@signalbox/runtime/rpc/workspace.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import type { BindingTable, RbacTables } from "../tables.ts";
import { toRoleBinding } from "./mapping.ts";
import { fits, levelOf, toPlace, toScopeIds } from "./scope.ts";
import { type BindingStore, bindingStore, hashOf, repeated } from "./store.ts";

export interface BindingOptions {
  readonly database: Database<RbacTables>;
  readonly log: Outbox;
  readonly mutate: Mutate<RbacTables>;
  readonly policy: Policy;
  readonly peers: Peers;
  readonly lists: Lists;
  readonly clock: Clock;
}

/** How long a call waits for what it needs or has done to be in the policy of this process. */
const settleMs = 1000;

export function bindingHandlers(options: BindingOptions): Handlers<typeof RoleBindingService> {
  const { database, log, mutate, policy, lists, clock } = options;
  const { db, dialect } = database;
  const store = bindingStore(db, dialect);

  return {
    async createRoleBinding({ id, principal, role: roleId, scope }, call) {
      const role = roleIn(roleId, scope as Scope);
      mayGive(policy, call, role, scope as Scope);
      await activePrincipal(store, options, principal, call);
      const assignment = { principalId: toId(principal), role: role.id, ...toScopeIds(scope as Scope) };
      const row: BindingTable = {
        ...assignment,
        id: id === "" ? newId() : toId(id),
        grantedById: callerId(call),
        contentHash: hashOf(assignment),
        createTime: clock(),
      };
      const kept = await mutate(call, { subject: toUuid(row.id) }, async (trx) => {
        await log.append(trx, [await bindingStore(trx, dialect).add(row)]);
        return row;
      }).catch(async (cause: unknown) => {
        if (dialect.explain(cause)?.kind !== "taken") throw cause;
        const rival = await store.rival(row);
        if (!rival) throw cause;
        return repeated(row, rival, id !== "");
      });
      // Whoever gave it may ask about it at once.
      await holds(policy, () => policy.facts.bindings.has(toUuid(kept.id)), settleMs, call.signal);
      return { roleBinding: toRoleBinding(kept, policy) };
    },

    async getRoleBinding({ roleBinding }) {
      const row = await store.get(toId(roleBinding));
      if (!row) throw notFound("role_binding", roleBinding);
      return { roleBinding: toRoleBinding(row, policy) };
    },

    async listRoleBindings(request, call) {
      const scope = toScopeIds(request.scope as Scope);
      const { rows, ...page } = await store.list(scope, request, listContext(lists, call, ...Object.values(scope).map(toUuid)));
      return { roleBindings: rows.map((row) => toRoleBinding(row, policy)), ...pageOf(page) };
    },

    async deleteRoleBinding({ roleBinding }, call) {
      const id = toId(roleBinding);
      await mutate(call, { subject: toUuid(id) }, async (trx) => {
        await log.append(trx, [await bindingStore(trx, dialect).take(id, clock())]);
      });
      await holds(policy, () => !policy.facts.bindings.has(toUuid(id)), settleMs, call.signal);
      return {};
    },
  };
}

/** The role, if it can be given at the scope. Fails with FIELD_INVALID. */
function roleIn(id: string, scope: Scope): Role {
  const role = roleById.get(id);
  if (!role) throw fieldInvalid("role", `"${id}" is not a role; RoleService.ListRoles tells which there are`);
  const level = levelOf(scope);
  if (!fits(role.level, level)) throw fieldInvalid("scope", `${id} is given at a ${role.level} or within it, not at a whole ${level}`);
  return role;
}

/** Nobody gives more than they have there. Fails with PERMISSION_MISSING, which names the first permission that the giver lacks. */
function mayGive(policy: Policy, { caller }: Call, { id, permissions }: Role, scope: Scope): void {
  const giver = caller?.id ?? "";
  const lacking = [...permissions].sort().find((permission) => !policy.allows(giver, permission, toPlace(scope)));
  if (lacking === undefined) return;
  throw new SignalboxError(Reason.PERMISSION_MISSING, `nobody gives more than they have: ${id} holds ${lacking}, which you lack there`, {
    metadata: { permission: lacking },
  });
}

/**
 * The principal, once identity has told of it: one that was created a moment ago is waited for. Where it takes longer, as
 * after a crash of identity, the caller is to ask again. Fails with NOT_FOUND, UNAVAILABLE or PRINCIPAL_INACTIVE.
 */
async function activePrincipal(
  store: BindingStore,
  { policy, peers }: Pick<BindingOptions, "policy" | "peers">,
  id: string,
  { signal }: Call,
): Promise<void> {
  let found = await store.principal(toId(id));
  if (!found) {
    await holds(policy, () => policy.facts.principals.has(id.toLowerCase()), settleMs, signal);
    found = await store.principal(toId(id));
  }
  if (!found) {
    const { principals } = await peers(UserService).batchGetPrincipals({ ids: [id] }, { signal });
    if (principals.length === 0) throw notFound("principal", id);
    throw new SignalboxError(Reason.UNAVAILABLE, "the principal was made a moment ago; ask again", { retryAfterMs: 500 });
  }
  if (found.active === 1) return;
  throw new SignalboxError(Reason.PRINCIPAL_INACTIVE, "the principal is not active; activate it before giving it roles", {
    metadata: { principal: id },
  });
}
