import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import { ended, principalChanged, refusedSoFar } from "../events.ts";
import type { SessionStore } from "../session/store.ts";
import type { UserRow } from "../tables.ts";
import { principalOfUser } from "./mapping.ts";
import type { Trx, UserStore } from "./store.ts";

export type UserLife = ReturnType<typeof userLife>;

/** What changes a user together with what they hold. Each takes the user's row first, so that no session begins meanwhile. */
export function userLife(users: UserStore, sessions: SessionStore, log: Pick<Outbox, "append">) {
  return {
    /** Ends sessions and tokens; they stay ended if the user may act again. */
    async deactivate(trx: Trx, id: Id, now: Micros): Promise<UserRow> {
      const changed = await users.change(trx, id, { state: PrincipalState.INACTIVE, updateTime: now }, { state: PrincipalState.ACTIVE });
      const row = await users.get(id, trx);
      if (changed) {
        const gone = await sessions.endAll(trx, id, now);
        await log.append(trx, [
          principalChanged(principalOfUser(row), now),
          refusedSoFar(id, now),
          ...gone.map((each) => ended(each, now)),
        ]);
      }
      return row;
    },

    async activate(trx: Trx, id: Id, now: Micros): Promise<UserRow> {
      const changed = await users.change(trx, id, { state: PrincipalState.ACTIVE, updateTime: now }, { state: PrincipalState.INACTIVE });
      const row = await users.get(id, trx);
      if (changed) await log.append(trx, [principalChanged(principalOfUser(row), now)]);
      return row;
    },

    /** Notes that the password changed, and ends the sessions that the old one began, but one. */
    async passwordChanged(
      trx: Trx,
      id: Id,
      { mustChange, keep, now }: { readonly mustChange: boolean; readonly keep?: Id | undefined; readonly now: Micros },
    ): Promise<UserRow> {
      await users.change(trx, id, { mustChangePassword: mustChange ? 1 : 0, passwordChangeTime: now, updateTime: now });
      const gone = await sessions.endAll(trx, id, now, keep);
      if (gone.length > 0) {
        await log.append(
          trx,
          gone.map((each) => ended(each, now)),
        );
      }
      return users.get(id, trx);
    },
  };
}
