import { randomBytes } from "node:crypto";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { type Id, newId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Transaction } from "kysely";
import type { IdentityTables, SessionRow } from "../tables.ts";

const day: Micros = 86_400_000_000;

/** A session ends when it was not refreshed for so long ... */
const idle = 30 * day;
/** ... and in any case so long after the sign-in. */
const longest = 90 * day;

/** When a session ends that is refreshed at an instant. */
const expiryOf = (createTime: Micros, refreshTime: Micros): Micros => Math.min(refreshTime + idle, createTime + longest);

export function newSession(userId: Id, address: string, now: Micros): SessionRow {
  return {
    id: newId(),
    userId,
    seed: randomBytes(32),
    generation: 1,
    createTime: now,
    refreshTime: now,
    expireTime: expiryOf(now, now),
    revokeTime: 0,
    address: address.slice(0, 255),
  };
}

export type SessionStore = ReturnType<typeof sessionStore>;

export function sessionStore({ db }: Pick<Database<IdentityTables>, "db">) {
  return {
    find: (id: Id) => db.selectFrom("identity_session").selectAll().where("id", "=", id).executeTakeFirst(),

    async insert(trx: Transaction<IdentityTables>, row: SessionRow): Promise<void> {
      await trx.insertInto("identity_session").values(row).execute();
    },

    /** Takes a session one generation further. Undefined if it moved or ended meanwhile. */
    async refresh(trx: Transaction<IdentityTables>, row: SessionRow, now: Micros): Promise<SessionRow | undefined> {
      const change = { generation: row.generation + 1, refreshTime: now, expireTime: expiryOf(row.createTime, now) };
      const { numUpdatedRows } = await trx
        .updateTable("identity_session")
        .set(change)
        .where("id", "=", row.id)
        .where("generation", "=", row.generation)
        .where("revokeTime", "=", 0)
        .executeTakeFirst();
      return numUpdatedRows > 0n ? { ...row, ...change } : undefined;
    },

    /** Ends one session. False if it had ended before. */
    async end(trx: Transaction<IdentityTables>, id: Id, now: Micros): Promise<boolean> {
      const { numUpdatedRows } = await trx
        .updateTable("identity_session")
        .set({ revokeTime: now })
        .where("id", "=", id)
        .where("revokeTime", "=", 0)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Ends the sessions of a user that still last, but one. Tells which. The caller holds the user, so that none begins meanwhile. */
    async endAll(trx: Transaction<IdentityTables>, userId: Id, now: Micros, except?: Id): Promise<Id[]> {
      const lasting = await trx
        .selectFrom("identity_session")
        .select("id")
        .where("userId", "=", userId)
        .where("revokeTime", "=", 0)
        .where("expireTime", ">", now)
        .orderBy("id")
        .execute();
      const ids = lasting.map(({ id }) => id).filter((id) => !except?.equals(id));
      if (ids.length > 0) await trx.updateTable("identity_session").set({ revokeTime: now }).where("id", "in", ids).execute();
      return ids;
    },

    /** Removes what expired more than a day ago. */
    async sweep(now: Micros): Promise<void> {
      await db
        .deleteFrom("identity_session")
        .where("expireTime", "<", now - day)
        .execute();
    },
  };
}
