import {
  CreateSecretRequestSchema,
  type SecretService,
  type UpdateSecretRequest,
  UpdateSecretRequestSchema,
} from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { type Id, newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { checkName } from "@signalbox/runtime/resource/names.ts";
import { again } from "@signalbox/runtime/resource/rewrite.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import type { Context } from "../context.ts";
import { madeOf, sealContent } from "../sealing/content.ts";
import type { SecretRow } from "../tables.ts";
import { toSecret } from "./mapping.ts";
import { type Named, secretStore } from "./store.ts";
import { checkValueNames, openValues, planValues, sealValues } from "./values.ts";

export function secretHandlers(context: Context): Handlers<typeof SecretService> {
  const { database, mutate, keys, clock, policy } = context;
  const { dialect } = database;
  const secrets = secretStore(database, policy);

  return {
    async createSecret(request, call) {
      const { name, description, values, private: isPrivate } = request;
      checkName(name);
      checkValueNames(values);
      const workspaceId = workspaceOf(call);
      const [id, now, sealer] = [request.id ? toId(request.id) : newId(), clock(), await keys.sealerOf(workspaceId)];
      const hash = contentHash(CreateSecretRequestSchema, request);
      const row: Named = {
        workspaceId,
        id,
        name,
        description,
        ownerId: callerId(call),
        ...privacy(isPrivate, callerId(call)),
        contentHash: sealContent(sealer, { workspaceId, id }, hash),
        revision: 1,
        createTime: now,
        updateTime: now,
        keys: Object.keys(values).sort(),
      };
      const { keys: _, ...fields } = row;
      const held = await createOnce({
        dialect,
        type: "secret",
        row,
        name,
        insert: () =>
          mutate(call, { subject: toUuid(id) }, async (trx) => {
            await secrets.add(trx, fields, sealValues(sealer, workspaceId, id, values));
            return row;
          }),
        find: () => secrets.find(workspaceId, id),
        // Another's is not to be told from what has other content.
        same: (found) => (found.private !== 1 || found.ownerId.equals(callerId(call))) && madeOf(sealer, found, hash),
      });
      return { secret: toSecret(held, policy) };
    },

    async getSecret(_, call) {
      return { secret: toSecret(await secrets.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listSecrets(request, call) {
      const { rows, ...page } = await secrets.list(listQuery(context.lists, request, call), callerId(call));
      return { secrets: rows.map((row) => toSecret(row, policy)), ...pageOf(page) };
    },

    async updateSecret(request, call) {
      const {
        values = {},
        removeKeys = [],
        private: isPrivate,
        ...patch
      } = patchOf(UpdateSecretRequestSchema, request, ["name", "description", "values", "removeKeys", "private"]);
      const replaces = replacesValues(request);
      if (patch.name !== undefined) checkName(patch.name);
      checkValueNames(values);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      const change = () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const { row, values: held } = await secrets.read(trx, workspaceId, id);
          const { set, removed, names } = planValues(sealer, held, { values, removeKeys, replaces });
          const sealed = sealValues(sealer, workspaceId, id, set);
          const made = isPrivate === undefined ? {} : privacyOf(row, isPrivate === true, callerId(call));
          const change = { patch: { ...patch, ...made }, set: sealed, removed, etag: request.etag, now: clock() };
          return { ...(await secrets.change(trx, row, change)), keys: names };
        });
      const taken = patch.name ?? (isPrivate === undefined ? undefined : request.secret);
      return { secret: toSecret(await naming(dialect, "secret", taken, () => again(change)), policy) };
    },

    async deleteSecret({ etag }, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      await again(() => mutate(call, { subject: toUuid(id) }, (trx) => secrets.remove(trx, workspaceId, id, etag)));
      return {};
    },

    async readSecretValues(_, call) {
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      // A write for a read: whoever gets the values is on record, and without the record nobody gets them.
      const { values } = await mutate(call, { subject: toUuid(id) }, (trx) => secrets.read(trx, workspaceId, id));
      return { values: openValues(sealer, values) };
    },
  };
}

const privacy = (isPrivate: boolean, owner: Id): Pick<SecretRow, "private" | "privateOwner"> => ({
  private: isPrivate ? 1 : 0,
  privateOwner: isPrivate ? owner : noId,
});

/** Fails with FIELD_INVALID where somebody else would hide a secret, or show it. */
function privacyOf({ ownerId, private: held }: SecretRow, isPrivate: boolean, caller: Id): ReturnType<typeof privacy> | object {
  if (isPrivate === (held === 1)) return {};
  if (!ownerId.equals(caller)) throw fieldInvalid("private", "its owner alone can make a secret private, or public");
  return privacy(isPrivate, ownerId);
}

/** Fails with FIELD_INVALID where the request says twice what is to go, or does not say what is to be there. */
function replacesValues({ replaceValues, removeKeys, updateMask }: UpdateSecretRequest): boolean {
  if (!replaceValues) return false;
  if (removeKeys.length > 0) throw fieldInvalid("remove_keys", "says nothing where all values are replaced");
  if (updateMask && updateMask.paths.length > 0 && !updateMask.paths.includes("values")) {
    throw fieldInvalid("replace_values", "needs values in the update_mask");
  }
  return true;
}
