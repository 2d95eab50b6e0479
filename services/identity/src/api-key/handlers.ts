import type { Duration } from "@bufbuild/protobuf/wkt";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type ApiKeyService, CreateApiKeyRequestSchema } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { hashKey, type MintedKey, mintKey } from "@signalbox/runtime/crypto/api-key.ts";
import { fieldInvalid, notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { ended, refusedSoFar } from "../events.ts";
import { isActive, type Principal } from "../principal/store.ts";
import type { Stores } from "../stores.ts";
import { type ApiKeyRow, never } from "../tables.ts";
import { changingKeys, revokedForGood } from "./change.ts";
import { toApiKey } from "./mapping.ts";

export function apiKeyHandlers(stores: Stores): Handlers<typeof ApiKeyService> {
  const { clock, dialect, keys, principals, log, mutate, peppers, lists } = stores;
  const change = changingKeys(stores);
  const mint = ({ kind }: Principal, id: Id) => mintKey(kind === "user" ? "personal" : "service_account", id);
  const hashOf = ({ secret }: MintedKey) => hashKey(secret, peppers[0].key);

  async function actingPrincipal(id: Id): Promise<Principal> {
    const principal = await principals.find(id);
    if (!principal) throw notFound("principal", toUuid(id));
    if (!isActive(principal)) throw new SignalboxError(Reason.PRINCIPAL_INACTIVE, `${principal.name} is not active`);
    return principal;
  }

  return {
    async createApiKey(request, call) {
      const principal = await actingPrincipal(grantedId(call));
      const now = clock();
      const id = request.id ? toId(request.id) : newId();
      const minted = mint(principal, id);
      const row: ApiKeyRow = {
        id,
        principalId: principal.id,
        name: request.name,
        description: request.description,
        hint: hintOf(minted),
        state: KeyState.ACTIVE,
        secretHash: hashOf(minted),
        previousHash: noHash,
        previousExpireTime: 0,
        expireTime: expiry(request.expireTime && toMicros(request.expireTime), principal, now),
        lastUsedTime: 0,
        rotateTime: 0,
        rotationId: noId,
        resumeTime: 0,
        contentHash: contentHash(CreateApiKeyRequestSchema, { ...request, principal: toUuid(principal.id) }),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      const insert = () => mutate(call, { subject: toUuid(id) }, (trx) => keys.insert(trx, row).then(() => row));
      const kept = await createOnce({ dialect, type: "api_key", row, name: row.name, insert, find: () => keys.byId(id) });
      if (kept !== row) throw shownAlready(id);
      return { apiKey: toApiKey(row, now), key: minted.text };
    },

    async getApiKey(_, call) {
      return { apiKey: toApiKey(await keys.get(grantedId(call)), clock()) };
    },

    async listApiKeys(request, call) {
      const principal = grantedId(call);
      const { rows, ...page } = await keys.list(principal, request, listContext(lists, call, toUuid(principal)));
      const now = clock();
      return { apiKeys: rows.map((row) => toApiKey(row, now)), ...pageOf(page) };
    },

    updateApiKey: async (request, call) => ({ apiKey: toApiKey(await change(request, call), clock()) }),

    async rotateApiKey(request, call) {
      const id = grantedId(call);
      const rotationId = request.rotation ? toId(request.rotation) : newId();
      const { principalId } = rotatable(await keys.get(id), rotationId);
      const minted = mint(await actingPrincipal(principalId), id);
      const overlap = toOverlap(request.overlap);
      const row = await mutate(call, { subject: toUuid(id) }, async (trx) => {
        const now = clock();
        const times = { previousExpireTime: now + overlap, rotateTime: now, updateTime: now };
        const rotated = await keys.rotate(trx, id, { secretHash: hashOf(minted), rotationId, hint: hintOf(minted), ...times });
        const after = await keys.get(id, trx);
        if (!rotated) rotatable(after, rotationId);
        // Without an overlap the old secret is given up as known to others, and so is what was got with it.
        if (overlap === 0) await log.append(trx, [refusedSoFar(id, now)]);
        return after;
      });
      return { apiKey: toApiKey(row, clock()), key: minted.text };
    },

    async revokeApiKey(_, call) {
      const id = grantedId(call);
      const row = await mutate(call, { subject: toUuid(id) }, async (trx) => {
        const now = clock();
        if (await keys.revoke(trx, id, now)) await log.append(trx, [ended(id, now)]);
        return keys.get(id, trx);
      });
      return { apiKey: toApiKey(row, clock()) };
    },
  };
}

/** Fits no secret. */
const noHash = Buffer.alloc(32);

/** The kind and the first characters of the id: enough to tell one's keys apart, and nothing of the secret. */
const hintOf = ({ text }: MintedKey): string => text.slice(0, 14);

/** The key, unless it was revoked or this very rotation was made before: PROTECTED, SECRET_ALREADY_SHOWN. */
function rotatable(row: ApiKeyRow, rotationId: Id): ApiKeyRow {
  if (row.rotationId.equals(rotationId)) throw shownAlready(row.id);
  if (row.state === KeyState.ACTIVE) return row;
  if (row.state === KeyState.REVOKED) throw revokedForGood(row.id);
  throw new SignalboxError(Reason.PROTECTED, "the API key is inactive: make it active first", {
    metadata: { type: "api_key", id: toUuid(row.id) },
  });
}

const toOverlap = (overlap: Duration | undefined): Micros =>
  overlap ? Number(overlap.seconds) * 1_000_000 + Math.floor(overlap.nanos / 1000) : 0;

const shownAlready = (id: Id) =>
  new SignalboxError(Reason.SECRET_ALREADY_SHOWN, "the key was shown when it was made; if it did not arrive, rotate it", {
    metadata: { type: "api_key", id: toUuid(id) },
  });

/** Fails with FIELD_INVALID for an instant that has passed, and for a user's key that would never expire. */
function expiry(asked: Micros | undefined, { kind }: Principal, now: Micros): Micros {
  if (asked === undefined) {
    if (kind === "user") throw fieldInvalid("expire_time", "must be set for a personal access token");
    return never;
  }
  if (asked <= now) throw fieldInvalid("expire_time", "must lie in the future");
  if (asked >= never) throw fieldInvalid("expire_time", "must lie before the year 2255");
  return asked;
}
