import { KeyState, KeyStateSchema } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Listing } from "@signalbox/runtime/store/listing.ts";
import { type ListContext, type ListRequest, list, type Page } from "@signalbox/runtime/store/page.ts";
import type { Kysely, Transaction } from "kysely";
import type { ApiKeyRow, IdentityTables } from "../tables.ts";

/** What a rotation puts into a key's row; the hash that was there becomes the previous one. */
export type Rotation = Pick<ApiKeyRow, "secretHash" | "previousExpireTime" | "rotateTime" | "rotationId" | "hint" | "updateTime">;

const listing: Listing = {
  table: "identity_api_key",
  fixed: ["principalId"],
  key: "id",
  defaultOrder: "create_time desc",
  fields: {
    id: { kind: "id", column: "id" },
    name: { kind: "text", column: "name", sortable: true },
    state: { kind: "enum", column: "state", enum: KeyStateSchema },
    expire_time: { kind: "time", column: "expireTime" },
    description: { kind: "text", column: "description" },
    last_used_time: { kind: "time", column: "lastUsedTime", sortable: true },
    rotate_time: { kind: "time", column: "rotateTime", sortable: true },
    create_time: { kind: "time", column: "createTime", sortable: true },
    update_time: { kind: "time", column: "updateTime", sortable: true },
  },
};

export type ApiKeyStore = ReturnType<typeof apiKeyStore>;

export function apiKeyStore({ db }: Pick<Database<IdentityTables>, "db">) {
  const byId = (id: Id, trx: Kysely<IdentityTables> = db) =>
    trx.selectFrom("identity_api_key").selectAll().where("id", "=", id).executeTakeFirst();

  return {
    byId,

    /** Fails with NOT_FOUND. */
    async get(id: Id, trx: Kysely<IdentityTables> = db): Promise<ApiKeyRow> {
      const row = await byId(id, trx);
      if (!row) throw notFound("api_key", toUuid(id));
      return row;
    },

    async insert(trx: Transaction<IdentityTables>, row: ApiKeyRow): Promise<void> {
      await trx.insertInto("identity_api_key").values(row).execute();
    },

    /** Gives a key a new secret. False if it was revoked, or this very rotation was made before. */
    async rotate(trx: Transaction<IdentityTables>, id: Id, { secretHash, ...rotation }: Rotation): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_api_key")
        // MySQL assigns from left to right and reads what it assigned: the old hash is copied first.
        .set((row) => ({ previousHash: row.ref("secretHash"), secretHash, ...rotation, revision: row("revision", "+", 1) }))
        .where("id", "=", id)
        .where("state", "=", KeyState.ACTIVE)
        .where("rotationId", "!=", rotation.rotationId)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Ends all keys of a principal for good. */
    async revokeAll(trx: Transaction<IdentityTables>, principalId: Id, now: Micros): Promise<void> {
      await trx
        .updateTable("identity_api_key")
        .set((row) => ({ state: KeyState.REVOKED, previousExpireTime: 0, updateTime: now, revision: row("revision", "+", 1) }))
        .where("principalId", "=", principalId)
        .where("state", "!=", KeyState.REVOKED)
        .execute();
    },

    /** Ends a key for good. False if it had ended. */
    async revoke(trx: Transaction<IdentityTables>, id: Id, now: Micros): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_api_key")
        .set((row) => ({ state: KeyState.REVOKED, previousExpireTime: 0, updateTime: now, revision: row("revision", "+", 1) }))
        .where("id", "=", id)
        .where("state", "!=", KeyState.REVOKED)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Puts the hash under the current pepper in the place of one under an older. */
    async rehash({ id, secretHash }: Pick<ApiKeyRow, "id" | "secretHash">, hash: Buffer): Promise<void> {
      await db
        .updateTable("identity_api_key")
        .set({ secretHash: hash })
        .where("id", "=", id)
        .where("secretHash", "=", secretHash)
        .execute();
    },

    /** Notes a use, unless a later one is noted. */
    async used(id: Id, time: Micros): Promise<void> {
      await db.updateTable("identity_api_key").set({ lastUsedTime: time }).where("id", "=", id).where("lastUsedTime", "<", time).execute();
    },

    list(principal: Id, request: ListRequest, context: ListContext): Promise<Page<ApiKeyRow>> {
      return list(db.selectFrom("identity_api_key").selectAll().where("principalId", "=", principal), listing, request, context);
    },
  };
}
