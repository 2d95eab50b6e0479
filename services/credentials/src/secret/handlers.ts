import {
  CreateSecretRequestSchema,
  type SecretService,
  UpdateSecretRequestSchema,
} from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
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
import { toSecret } from "./mapping.ts";
import { type Named, secretStore } from "./store.ts";
import { checkValueNames, openValues, planValues, sealValues } from "./values.ts";

export function secretHandlers(context: Context): Handlers<typeof SecretService> {
  const { database, mutate, keys, clock, policy } = context;
  const { dialect } = database;
  const secrets = secretStore(database, policy);

  return {
    async createSecret(request, call) {
      const { name, description, values } = request;
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
        same: (found) => madeOf(sealer, found, hash),
      });
      return { secret: toSecret(held, policy) };
    },

    async getSecret(_, call) {
      return { secret: toSecret(await secrets.get(workspaceOf(call), grantedId(call)), policy) };
    },

    async listSecrets(request, call) {
      const { rows, ...page } = await secrets.list(listQuery(context.lists, request, call));
      return { secrets: rows.map((row) => toSecret(row, policy)), ...pageOf(page) };
    },

    async updateSecret(request, call) {
      const {
        values = {},
        removeKeys = [],
        ...patch
      } = patchOf(UpdateSecretRequestSchema, request, ["name", "description", "values", "removeKeys"]);
      if (patch.name !== undefined) checkName(patch.name);
      checkValueNames(values);
      const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
      const sealer = await keys.sealerOf(workspaceId);
      const change = () =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const { row, values: held } = await secrets.read(trx, workspaceId, id);
          const { set, removed, names } = planValues(sealer, held, values, removeKeys);
          const sealed = sealValues(sealer, workspaceId, id, set);
          return { ...(await secrets.change(trx, row, { patch, set: sealed, removed, etag: request.etag, now: clock() })), keys: names };
        });
      return { secret: toSecret(await naming(dialect, "secret", patch.name, () => again(change)), policy) };
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
