import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Transaction } from "kysely";
import { type IdentityTables, never, type SigningKeyRow } from "../tables.ts";

export type SigningKeyStore = ReturnType<typeof signingKeyStore>;

export function signingKeyStore({ db }: Pick<Database<IdentityTables>, "db">) {
  return {
    /** The keys that a valid token may be signed with at an instant, newest first. */
    valid: (now: Micros): Promise<SigningKeyRow[]> =>
      db.selectFrom("identity_signing_key").selectAll().where("retireTime", ">", now).orderBy("slot", "desc").execute(),

    /** Puts a key into its slot, which must be free, and lets the keys before it retire. */
    async add(trx: Transaction<IdentityTables>, row: SigningKeyRow, othersRetire: Micros): Promise<void> {
      await trx.insertInto("identity_signing_key").values(row).execute();
      await trx
        .updateTable("identity_signing_key")
        .set({ retireTime: othersRetire })
        .where("slot", "<", row.slot)
        .where("retireTime", "=", never)
        .execute();
    },

    /** Removes keys that retired; never the newest, whose slot the next one follows. */
    async sweep(now: Micros): Promise<void> {
      await db.deleteFrom("identity_signing_key").where("retireTime", "<=", now).execute();
    },
  };
}
