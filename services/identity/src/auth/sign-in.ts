import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { hashPassword, needsRehash, verifyPassword } from "@signalbox/runtime/crypto/password.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { isActive } from "../principal/store.ts";
import { newSession } from "../session/store.ts";
import type { Stores } from "../stores.ts";
import type { SessionRow, UserRow } from "../tables.ts";

export interface SignedIn {
  readonly user: UserRow;
  readonly session: SessionRow;
}

type Needed = Pick<Stores, "clock" | "users" | "passwords" | "failures" | "sessions" | "mutate">;

export const passwordWrong = () =>
  new SignalboxError(Reason.PASSWORD_WRONG, "user name and password do not match, or the user may not sign in");

/**
 * Checks a password for a user name. An unknown name, a wrong password and a
 * user who may not sign in cost the same and are answered alike. Fails with
 * PASSWORD_WRONG, or with SIGN_IN_LOCKED after too many failures.
 */
export function passwordCheck({ users, passwords, failures }: Pick<Needed, "users" | "passwords" | "failures">) {
  return async (userName: string, password: string): Promise<{ readonly user: UserRow; readonly hash: string }> => {
    await failures.check(userName);
    const user = await users.byName(userName);
    const hash = user && (await passwords.hashOf(user.id));
    const right = await verifyPassword(password, hash);
    // Once more: guesses that were waiting when the name was locked must not come through.
    const failed = await failures.check(userName);
    if (!right || !user || !hash || !isActive(user)) {
      await failures.add(userName);
      throw passwordWrong();
    }
    if (failed) await failures.forget(userName);
    return { user, hash };
  };
}

/** Signs a user in: a session begins. Fails as {@link passwordCheck} does. */
export function signIn(stores: Needed): (call: Call, userName: string, password: string) => Promise<SignedIn> {
  const { clock, users, passwords, sessions, mutate } = stores;
  const check = passwordCheck(stores);

  return async (call, userName, password) => {
    const { user, hash } = await check(userName, password);
    const better = needsRehash(hash) ? await hashPassword(password) : undefined;
    const session = newSession(user.id, call.address ?? "", clock());
    const about = { subject: toUuid(user.id), organization: toUuid(user.organizationId) };
    await mutate(call, about, async (trx) => {
      // Whoever deactivates the user or resets the password now waits, and then ends this session too; or came first.
      if (!(await users.hold(trx, user.id)) || (await passwords.hashOf(user.id, trx)) !== hash) throw passwordWrong();
      if (better) await passwords.set(trx, user.id, better, session.createTime);
      await sessions.insert(trx, session);
    });
    return { user, session };
  };
}
