import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Transaction } from "kysely";
import type { IdentityTables } from "../tables.ts";

export type PasswordStore = ReturnType<typeof passwordStore>;

/** The hashes of passwords. Each is read on its own, and never with a list. */
export function passwordStore({ db, dialect }: Pick<Database<IdentityTables>, "db" | "dialect">) {
  return {
    /** The stored hash; within a transaction, as it is there. */
    async hashOf(userId: Id, trx: Transaction<IdentityTables> | typeof db = db): Promise<string | undefined> {
      return (await trx.selectFrom("identity_password").select("hash").where("userId", "=", userId).executeTakeFirst())?.hash;
    },

    async drop(trx: Transaction<IdentityTables>, userId: Id): Promise<void> {
      await trx.deleteFrom("identity_password").where("userId", "=", userId).execute();
    },

    async set(trx: Transaction<IdentityTables>, userId: Id, hash: string, updateTime: Micros): Promise<void> {
      const insert = trx.insertInto("identity_password").values({ userId, hash, updateTime });
      await dialect.onConflict(insert, ["user_id"], ["hash", "update_time"]).execute();
    },
  };
}
