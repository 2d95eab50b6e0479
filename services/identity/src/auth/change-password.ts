import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { hashPassword, verifyPassword } from "@signalbox/runtime/crypto/password.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { principalOf } from "../caller.ts";
import type { Stores } from "../stores.ts";
import type { UserRow } from "../tables.ts";
import { passwordCheck, passwordWrong } from "./sign-in.ts";

type Needed = Pick<Stores, "clock" | "users" | "passwords" | "failures" | "life" | "mutate">;

/**
 * Sets a new password for the caller. The present one is guarded against
 * guessing as at the sign-in, and by the same count: a stolen token must not
 * be a way around. A repeat of a change that was made succeeds. Fails with
 * PASSWORD_WRONG, SIGN_IN_LOCKED or FIELD_INVALID.
 */
export function changePassword(stores: Needed): (call: Call, present: string, next: string) => Promise<UserRow> {
  const { clock, users, passwords, life, mutate } = stores;
  const check = passwordCheck(stores);

  /** Whether the new password is set already, by this call's first attempt. */
  async function isRepeat(user: UserRow, next: string): Promise<boolean> {
    return user.mustChangePassword === 0 && (await verifyPassword(next, await passwords.hashOf(user.id)));
  }

  return async (call, present, next) => {
    const { id, credential } = principalOf(call);
    const user = await users.byId(toId(id));
    if (!user) throw passwordWrong();
    const known = await check(user.userName, present).catch(async (error: unknown) => {
      if (error instanceof SignalboxError && error.reason === Reason.PASSWORD_WRONG && (await isRepeat(user, next))) return undefined;
      throw error;
    });
    if (!known) return user;
    if (present === next) throw fieldInvalid("new_password", "must differ from the present one");
    const hash = await hashPassword(next);
    return mutate(call, { subject: id, organization: toUuid(user.organizationId) }, async (trx) => {
      const now = clock();
      const row = await life.passwordChanged(trx, user.id, { mustChange: false, keep: toId(credential), now });
      // Of two changes at once, the second states a password that is not the present one any more.
      if ((await passwords.hashOf(user.id, trx)) !== known.hash) throw passwordWrong();
      await passwords.set(trx, user.id, hash, now);
      return row;
    });
  };
}
