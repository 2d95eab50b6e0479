import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { writeRow } from "@signalbox/runtime/resource/rewrite.ts";
import { ended, principalChanged, principalDeleted } from "../events.ts";
import type { Stores } from "../stores.ts";
import type { UserRow } from "../tables.ts";
import { principalOfUser } from "./mapping.ts";
import { type Trx, userKey } from "./store.ts";

type Needed = Pick<Stores, "sessions" | "keys" | "passwords" | "log">;

/**
 * Forgets a person, and ends what they hold. Their row stays without anything of theirs: what they own names its id, and nobody gets it
 * again. Their user name is free.
 */
export async function removeUser({ sessions, keys, passwords, log }: Needed, trx: Trx, row: UserRow, now: Micros): Promise<void> {
  const { id } = row;
  const userName = `deleted-${toUuid(id)}`;
  const after = await writeRow(trx, { table: "identity_user", type: "user", id }, row, {
    ...{ userName, userKey: userKey(userName), displayName: "", email: "", avatarUrl: "", details: "" },
    ...{ state: PrincipalState.DELETED, contentHash: Buffer.alloc(32), updateTime: now },
  });
  const gone = await sessions.endAll(trx, id, now);
  await keys.revokeAll(trx, id, now);
  await passwords.drop(trx, id);
  const principal = principalOfUser(after);
  await log.append(trx, [
    principalChanged(principal, now),
    principalDeleted(principal, now),
    ended(id, now),
    ...gone.map((each) => ended(each, now)),
  ]);
}
