import { createHmac } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import type { Key } from "@signalbox/runtime/crypto/keys.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { IdentityTables, SignInFailureRow } from "../tables.ts";
import { lockMs } from "./backoff.ts";

/** Failed attempts, counted by name in the database, so that replicas agree. */
export interface Failures {
  /** Fails with SIGN_IN_LOCKED while the name is locked. Tells whether there are failures to forget. */
  check(userName: string): Promise<boolean>;
  /** Counts one more failure, which may lock the name. */
  add(userName: string): Promise<void>;
  /** Forgets the failures of a name, after a success. */
  forget(userName: string): Promise<void>;
  /** Removes what is too old to count. */
  sweep(): Promise<void>;
}

/** A failure counts for an hour, so that a mistake now and then never locks anybody out. */
const memory: Micros = 3_600_000_000;

export function failures({ db, dialect }: Database<IdentityTables>, clock: Clock, { key }: Key): Failures {
  const nameHash = (userName: string) => createHmac("sha256", key).update(userName.toLowerCase()).digest();
  const counted = (row: SignInFailureRow | undefined) => (row && row.updateTime > clock() - memory ? row : undefined);
  const find = async (hash: Buffer) =>
    db.selectFrom("identity_sign_in_failure").selectAll().where("nameHash", "=", hash).executeTakeFirst();

  /** One failure on top of what `row` says; false if another process counted one meanwhile. */
  async function count(hash: Buffer, row: SignInFailureRow): Promise<boolean> {
    const now = clock();
    const failedCount = (counted(row)?.failedCount ?? 0) + 1;
    const { numUpdatedRows } = await db
      .updateTable("identity_sign_in_failure")
      .set({ failedCount, lockedUntil: now + lockMs(failedCount) * 1000, updateTime: now })
      .where("nameHash", "=", hash)
      .where("failedCount", "=", row.failedCount)
      .where("updateTime", "=", row.updateTime)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    async check(userName) {
      const row = counted(await find(nameHash(userName)));
      const waitMs = Math.ceil(((row?.lockedUntil ?? 0) - clock()) / 1000);
      if (row && waitMs > 0) {
        throw new SignalboxError(Reason.SIGN_IN_LOCKED, `too many failed sign-ins; try again in ${Math.ceil(waitMs / 1000)} s`, {
          retryAfterMs: waitMs,
        });
      }
      return row !== undefined;
    },

    async add(userName) {
      const hash = nameHash(userName);
      for (;;) {
        const row = await find(hash);
        if (row && (await count(hash, row))) return;
        if (!row) {
          const first = { nameHash: hash, failedCount: 0, lockedUntil: 0, updateTime: clock() };
          await dialect.onConflict(db.insertInto("identity_sign_in_failure").values(first), ["name_hash"], []).execute();
        }
      }
    },

    async forget(userName) {
      await db.deleteFrom("identity_sign_in_failure").where("nameHash", "=", nameHash(userName)).execute();
    },

    async sweep() {
      await db
        .deleteFrom("identity_sign_in_failure")
        .where("updateTime", "<=", clock() - memory)
        .execute();
    },
  };
}
