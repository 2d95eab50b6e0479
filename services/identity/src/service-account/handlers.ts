import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import {
  CreateServiceAccountRequestSchema,
  type ServiceAccountService,
  UpdateServiceAccountRequestSchema,
} from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { checkEtag, patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { createOnce, nameTaken } from "../create-once.ts";
import { principalChanged, refusedSoFar } from "../events.ts";
import { grantedId } from "../granted.ts";
import { settled } from "../settle.ts";
import type { Stores } from "../stores.ts";
import type { ServiceAccountRow } from "../tables.ts";
import { principalOfAccount, toServiceAccount } from "./mapping.ts";

const { ACTIVE, INACTIVE } = PrincipalState;

export function serviceAccountHandlers(stores: Stores): Handlers<typeof ServiceAccountService> {
  const { clock, dialect, accounts, log, mutate, seal } = stores;

  /** Moves an account from one state to the other; one that is there already stays as it is. */
  async function move(call: Call, from: PrincipalState, to: PrincipalState) {
    const id = grantedId(call);
    const row = await mutate(call, { subject: toUuid(id) }, async (trx) => {
      const now = clock();
      const changed = await accounts.change(trx, id, { state: to, updateTime: now }, { state: from });
      const after = await accounts.get(id, trx);
      const events = [principalChanged(principalOfAccount(after), now), ...(to === INACTIVE ? [refusedSoFar(id, now)] : [])];
      if (changed) await log.append(trx, events);
      return after;
    });
    if (to === ACTIVE) await settled(stores, id, call);
    return { serviceAccount: toServiceAccount(row) };
  }

  return {
    async createServiceAccount(request, call) {
      const organizationId = grantedId(call);
      const { name, description } = request;
      const now = clock();
      const row: ServiceAccountRow = {
        id: request.id ? toId(request.id) : newId(),
        organizationId,
        name,
        description,
        state: ACTIVE,
        contentHash: contentHash(CreateServiceAccountRequestSchema, { ...request, organization: toUuid(organizationId) }),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const insert = () =>
        mutate(call, { subject: toUuid(row.id) }, async (trx) => {
          await accounts.insert(trx, row);
          await log.append(trx, [principalChanged(principalOfAccount(row), now)]);
        });
      const created = await createOnce(dialect, { type: "service_account", name, row }, insert, () => accounts.byId(row.id));
      await settled(stores, row.id, call);
      return { serviceAccount: toServiceAccount(created.row) };
    },

    async getServiceAccount(_, call) {
      return { serviceAccount: toServiceAccount(await accounts.get(grantedId(call))) };
    },

    async listServiceAccounts(request, call) {
      const organization = grantedId(call);
      const bound = [nameOf(call.method), toUuid(organization)];
      const { rows, nextPageToken, totalSize } = await accounts.list(organization, request, { seal, bound, clock, dialect });
      return { serviceAccounts: rows.map(toServiceAccount), nextPageToken, ...(totalSize !== undefined && { totalSize }) };
    },

    async updateServiceAccount(request, call) {
      const id = grantedId(call);
      const { name, ...rest } = patchOf(UpdateServiceAccountRequestSchema, request, ["name", "description"]);
      if (name === "") throw fieldInvalid("name", "must not be empty");
      const patch = name === undefined ? rest : { ...rest, name };
      const before = await accounts.get(id);
      if (Object.entries(patch).every(([field, value]) => before[field as keyof ServiceAccountRow] === value)) {
        return { serviceAccount: toServiceAccount(before) };
      }
      checkEtag(request.etag, before.revision);
      const only = request.etag ? { revision: before.revision } : {};
      try {
        const row = await mutate(call, { subject: toUuid(id) }, async (trx) => {
          const now = clock();
          const changed = await accounts.change(trx, id, { ...patch, updateTime: now }, only);
          const after = await accounts.get(id, trx);
          if (!changed) checkEtag(request.etag, after.revision);
          if (after.name !== before.name) await log.append(trx, [principalChanged(principalOfAccount(after), now)]);
          return after;
        });
        return { serviceAccount: toServiceAccount(row) };
      } catch (error) {
        if (dialect.explain(error)?.kind === "taken") throw nameTaken("service_account", name ?? before.name, error);
        throw error;
      }
    },

    deactivateServiceAccount: (_, call) => move(call, ACTIVE, INACTIVE),
    activateServiceAccount: (_, call) => move(call, INACTIVE, ACTIVE),
  };
}
