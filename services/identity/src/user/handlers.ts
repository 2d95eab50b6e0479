import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import {
  CreateUserRequestSchema,
  UpdateUserRequestSchema,
  type UserService,
} from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { hashPassword } from "@signalbox/runtime/crypto/password.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { createOnce, naming, sameOrFail } from "@signalbox/runtime/resource/create-once.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { jsonText } from "@signalbox/runtime/resource/json.ts";
import { listContext, pageOf } from "@signalbox/runtime/resource/lists.ts";
import { again, rewrite, writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { checkEtag, patchOf } from "@signalbox/runtime/rpc/patch.ts";
import { contentHash } from "@signalbox/runtime/store/content-hash.ts";
import { principalOf } from "../caller.ts";
import { principalChanged } from "../events.ts";
import { idOf } from "../principal/store.ts";
import { settled } from "../settle.ts";
import type { Stores } from "../stores.ts";
import type { UserRow } from "../tables.ts";
import { principalOfUser, toUser } from "./mapping.ts";
import { removeUser } from "./remove.ts";
import { userKey } from "./store.ts";

export function userHandlers(stores: Stores): Handlers<typeof UserService> {
  const { clock, dialect, users, passwords, principals, failures, life, log, mutate, lists } = stores;

  return {
    async createUser(request, call) {
      const organizationId = grantedId(call);
      const { userName, displayName, email, avatarUrl } = request;
      checkUserName(userName);
      const now = clock();
      const row: UserRow = {
        id: request.id ? toId(request.id) : newId(),
        organizationId,
        userName,
        userKey: userKey(userName),
        displayName,
        email,
        avatarUrl,
        details: jsonText(request.details, "details"),
        passwordChangeTime: now,
        state: PrincipalState.ACTIVE,
        mustChangePassword: 1,
        protected: 0,
        // Not the password: a quick hash of it would be a gift to whoever steals the table.
        contentHash: contentHash(CreateUserRequestSchema, { ...request, organization: toUuid(organizationId) }, ["id", "password"]),
        revision: 1,
        createTime: now,
        updateTime: now,
      };
      // A repeat is not worth the cost of a password hash; whoever slips past here meets the key below.
      const before = request.id ? await users.byId(row.id) : undefined;
      if (before) return { user: toUser(sameOrFail("user", before, row)) };
      const hash = await hashPassword(request.password);
      const insert = () =>
        mutate(call, { subject: toUuid(row.id) }, async (trx) => {
          await users.insert(trx, row);
          await passwords.set(trx, row.id, hash, now);
          await log.append(trx, [principalChanged(principalOfUser(row), now)]);
          return row;
        });
      const kept = await createOnce({ dialect, type: "user", row, name: userName, insert, find: () => users.byId(row.id) });
      await settled(stores, row.id, call);
      return { user: toUser(kept) };
    },

    async getUser(_, call) {
      return { user: toUser(await users.get(grantedId(call))) };
    },

    async listUsers(request, call) {
      const organization = grantedId(call);
      const { rows, ...page } = await users.list(organization, request, listContext(lists, call, toUuid(organization)));
      return { users: rows.map(toUser), ...pageOf(page) };
    },

    async updateUser(request, call) {
      const id = grantedId(call);
      const fields = ["userName", "displayName", "email", "avatarUrl", "details"] as const;
      const { userName, details, ...texts } = patchOf(UpdateUserRequestSchema, request, fields);
      if (userName !== undefined) checkUserName(userName);
      const named = userName === undefined ? {} : { userName, userKey: userKey(userName) };
      const asked = request.updateMask?.paths.includes("details") || details !== undefined;
      const patch = { ...texts, ...named, ...(asked && { details: jsonText(details, "details") }) };
      const which = { table: "identity_user", type: "user", id } as const;
      const change = () =>
        rewrite<UserRow, Partial<UserRow>>({
          read: () => users.get(id),
          patch,
          etag: request.etag,
          write: (before, changed) => {
            if (changed.userName !== undefined) refuseProtected(before);
            return mutate(call, { subject: toUuid(id) }, async (trx) => {
              const now = clock();
              const after = await writeRow(trx, which, before, { ...changed, updateTime: now });
              if (after.userName !== before.userName) await log.append(trx, [principalChanged(principalOfUser(after), now)]);
              return after;
            });
          },
        });
      return { user: toUser(await naming(dialect, "user", userName, change)) };
    },

    async deleteUser({ etag }, call) {
      const id = grantedId(call);
      const { userName } = await again(() =>
        mutate(call, { subject: toUuid(id) }, async (trx) => {
          const row = await users.get(id, trx);
          refuseProtected(row);
          checkEtag(etag, row.revision);
          await removeUser(stores, trx, row, clock());
          return row;
        }),
      );
      await failures.forget(userName);
      return {};
    },

    async deactivateUser(_, call) {
      const id = grantedId(call);
      refuseProtected(await users.get(id));
      const row = await mutate(call, { subject: toUuid(id) }, (trx) => life.deactivate(trx, id, clock()));
      return { user: toUser(row) };
    },

    async activateUser(_, call) {
      const id = grantedId(call);
      const row = await mutate(call, { subject: toUuid(id) }, (trx) => life.activate(trx, id, clock()));
      await settled(stores, id, call);
      return { user: toUser(row) };
    },

    async resetPassword({ password }, call) {
      const id = grantedId(call);
      const user = await users.get(id);
      // Otherwise whoever manages the users of one organization could take over the whole installation.
      if (principalOf(call).id !== toUuid(id)) refuseProtected(user);
      const hash = await hashPassword(password);
      const row = await mutate(call, { subject: toUuid(id) }, async (trx) => {
        const now = clock();
        const after = await life.passwordChanged(trx, id, { mustChange: true, now });
        await passwords.set(trx, id, hash, now);
        return after;
      });
      await failures.forget(user.userName);
      return { user: toUser(row) };
    },

    async batchGetPrincipals({ ids }) {
      const found = await principals.findAll(ids.map(toId));
      return { principals: found.map(({ id, name }) => ({ id: toUuid(id), name })) };
    },
  };
}

/** What begins as a key does would end in logs and lists as one. */
const keyLike = /^sb[kpr]_/;

function checkUserName(userName: string): void {
  if (userName === "") throw fieldInvalid("user_name", "must not be empty");
  if (idOf(userName) || keyLike.test(userName)) throw fieldInvalid("user_name", "must not look like an id or an API key");
}

function refuseProtected({ protected: isProtected, userName }: UserRow): void {
  if (isProtected === 1) {
    throw new SignalboxError(
      Reason.PROTECTED,
      `${userName} is the bootstrap administrator: only they themselves change their password, and they stay as they are called`,
      {
        metadata: { type: "user", name: userName },
      },
    );
  }
}
