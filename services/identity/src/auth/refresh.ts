import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { ended } from "../events.ts";
import { isActive } from "../principal/store.ts";
import type { ParsedRefreshToken, RefreshTokens } from "../session/refresh-token.ts";
import type { Stores } from "../stores.ts";
import type { SessionRow } from "../tables.ts";
import type { SignedIn } from "./sign-in.ts";

type Needed = Pick<Stores, "clock" | "users" | "sessions" | "mutate" | "transact" | "log" | "refusals">;

/** For how long the refresh token of the generation before is answered like a repeat. */
const grace = 10_000_000;

const refused = (reason: Reason, text: string) => new SignalboxError(reason, text);

/** Undoes a transaction whose row was not there any more as it was read. */
const moved = new Error("the session moved");

const fail = (error: Error): never => {
  throw error;
};

const onlyMoved = (error: unknown): undefined => (error === moved ? undefined : fail(error as Error));

/**
 * Takes a session one generation further, or answers the repeat of a call whose
 * answer was lost with what it answered. A token used up before that was
 * stolen, from its owner or by them: the session ends. Fails with
 * TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED or REFRESH_TOKEN_REUSED.
 */
export function refresh({ clock, users, sessions, mutate, transact, log, refusals }: Needed, tokens: RefreshTokens) {
  /** The session as it is, and which of its generations the token is. */
  async function look(token: ParsedRefreshToken): Promise<{ session: SessionRow; generation: number }> {
    const session = await sessions.find(token.session);
    const generation = session && tokens.generationOf(token, session);
    if (!session || generation === undefined) throw refused(Reason.TOKEN_INVALID, "there is no such refresh token");
    if (session.revokeTime > 0) throw refused(Reason.TOKEN_REVOKED, "the session has ended");
    if (session.expireTime <= clock()) throw refused(Reason.TOKEN_EXPIRED, "the session was not renewed in time");
    return { session, generation };
  }

  return async (call: Call, text: string): Promise<SignedIn> => {
    const token = tokens.parse(text);
    if (!token) throw refused(Reason.TOKEN_INVALID, "this is not a whole refresh token");
    for (;;) {
      const { session, generation } = await look(token);
      const user = await users.byId(session.userId);
      if (!user || !isActive(user)) throw refused(Reason.TOKEN_REVOKED, "the user may not act any more");
      const about = { subject: toUuid(user.id), organization: toUuid(user.organizationId) };
      const now = clock();
      if (generation === session.generation) {
        const next = await mutate(call, about, async (trx) => (await sessions.refresh(trx, session, now)) ?? fail(moved)).catch(onlyMoved);
        if (next) return { user, session: next };
        continue; // Somebody else was quicker: look again at what the token is now.
      }
      if (generation === session.generation - 1 && now - session.refreshTime <= grace) return { user, session };
      await transact(async (trx) => {
        if (await sessions.end(trx, session.id, now)) await log.append(trx, [ended(session.id, now)]);
      });
      refusals.record(call, "REFRESH_TOKEN_REUSED", about.subject, about);
      throw refused(Reason.REFRESH_TOKEN_REUSED, "the refresh token was used before, so its session was ended: sign in again");
    }
  };
}
