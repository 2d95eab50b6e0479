import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import {
  CreateServiceAccountRequestSchema,
  type ServiceAccountService,
  UpdateServiceAccountRequestSchema,
} from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { again, rewrite, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { checkEtag, patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { ended, principalChanged, principalDeleted, refusedSoFar } from "../events.ts";
import { settled } from "../settle.ts";
import type { Stores } from "../stores.ts";
import type { ServiceAccountRow } from "../tables.ts";
import { principalOfAccount, toServiceAccount } from "./mapping.ts";

const { ACTIVE, INACTIVE } = PrincipalState;

export function serviceAccountHandlers(stores: Stores): Handlers<typeof ServiceAccountService> {
  const { clock, dialect, accounts, keys, log, mutate, lists } = stores;

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
      const { name, description, displayName, avatarUrl } = request;
      const now = clock();
      const row: ServiceAccountRow = {
        id: request.id ? toId(request.id) : newId(),
        organizationId,
        name,
        description,
        displayName,
        avatarUrl,
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
          return row;
        });
      const kept = await createOnce({ dialect, type: "service_account", row, name, insert, find: () => accounts.byId(row.id) });
      await settled(stores, row.id, call);
      return { serviceAccount: toServiceAccount(kept) };
    },

    async getServiceAccount(_, call) {
      return { serviceAccount: toServiceAccount(await accounts.get(grantedId(call))) };
    },

    async listServiceAccounts(request, call) {
      const organization = grantedId(call);
      const { rows, ...page } = await accounts.list(organization, request, listContext(lists, call, toUuid(organization)));
      return { serviceAccounts: rows.map(toServiceAccount), ...pageOf(page) };
    },

    async updateServiceAccount(request, call) {
      const id = grantedId(call);
      const patch = patchOf(UpdateServiceAccountRequestSchema, request, ["name", "description", "displayName", "avatarUrl"]);
      if (patch.name === "") throw fieldInvalid("name", "must not be empty");
      const which = { table: "identity_service_account", type: "service_account", id } as const;
      const change = () =>
        rewrite<ServiceAccountRow, typeof patch>({
          read: () => accounts.get(id),
          patch,
          etag: request.etag,
          write: (before, fields) =>
            mutate(call, { subject: toUuid(id) }, async (trx) => {
              const now = clock();
              const after = await writeRow(trx, which, before, { ...fields, updateTime: now });
              if (after.name !== before.name) await log.append(trx, [principalChanged(principalOfAccount(after), now)]);
              return after;
            }),
        });
      const row = await naming(dialect, "service_account", patch.name, change);
      return { serviceAccount: toServiceAccount(row) };
    },

    async deleteServiceAccount({ etag }, call) {
      const id = grantedId(call);
      const which = { table: "identity_service_account", type: "service_account", id } as const;
      await again(() =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const [row, now] = [await accounts.get(id, trx), clock()];
          checkEtag(etag, row.revision);
          const gone = { name: `deleted-${toUuid(id)}`, description: "", displayName: "", avatarUrl: "", contentHash: Buffer.alloc(32) };
          const after = await writeRow(trx, which, row, { ...gone, state: PrincipalState.DELETED, updateTime: now });
          await keys.revokeAll(trx, id, now);
          const principal = principalOfAccount(after);
          await log.append(trx, [principalChanged(principal, now), principalDeleted(principal, now), ended(id, now)]);
        }),
      );
      return {};
    },

    deactivateServiceAccount: (_, call) => move(call, ACTIVE, INACTIVE),
    activateServiceAccount: (_, call) => move(call, INACTIVE, ACTIVE),
  };
}
