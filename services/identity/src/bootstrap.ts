import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { hashPassword } from "@signalbox/runtime/crypto/password.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { principalChanged } from "./events.ts";
import { migrations } from "./migrations/index.ts";
import { passwordStore } from "./password/store.ts";
import { sessionStore } from "./session/store.ts";
import type { IdentityTables, UserRow } from "./tables.ts";
import { userLife } from "./user/life.ts";
import { principalOfUser } from "./user/mapping.ts";
import { userKey, userStore } from "./user/store.ts";

/** The bootstrap administrator has this id in every installation: of any number of processes that make them, one does. */
export const adminId = "00000000-0000-7000-8000-000000000001";

export interface Admin {
  readonly userName: string;
  readonly password: string;
  /** The UUID of the organization that manages them. */
  readonly organization: string;
  /** Sets the password of an administrator who exists, the way back in for an operator whose password is lost. */
  readonly resetPassword?: boolean;
}

/**
 * Makes the first user, who cannot be deactivated, unless they exist. For the
 * program's start, before identity is assembled. Tells whether they were made now.
 */
export async function bootstrapAdmin(
  needs: Pick<Needs, "open" | "clock" | "wakeups">,
  admin: Admin,
): Promise<{ id: string; created: boolean }> {
  const database = await needs.open<IdentityTables>(migrations);
  try {
    return { id: adminId, created: await ensureAdmin(database, needs, admin) };
  } finally {
    await database.close();
  }
}

async function ensureAdmin(
  database: Database<IdentityTables>,
  { clock, wakeups }: Pick<Needs, "clock" | "wakeups">,
  { userName, password, organization, resetPassword = false }: Admin,
): Promise<boolean> {
  const users = userStore(database);
  const passwords = passwordStore(database);
  const log = outbox(database as unknown as Database<never>, "identity", wakeups);
  const id = toId(adminId);
  const exists = async () => (await users.byId(id)) !== undefined;

  if (await exists()) {
    if (!resetPassword) return false;
    const hash = await hashPassword(password);
    await database.transact(async (trx) => {
      const now = clock();
      await userLife(users, sessionStore(database), log).passwordChanged(trx, id, { mustChange: false, now });
      await passwords.set(trx, id, hash, now);
    });
    return false;
  }
  const now = clock();
  const row: UserRow = {
    id,
    organizationId: toId(organization),
    userName,
    userKey: userKey(userName),
    displayName: "",
    email: "",
    state: PrincipalState.ACTIVE,
    mustChangePassword: 0,
    ...{ avatarUrl: "", details: "", passwordChangeTime: now },
    protected: 1,
    contentHash: Buffer.alloc(32),
    revision: 1,
    createTime: now,
    updateTime: now,
  };
  const hash = await hashPassword(password);
  try {
    await database.transact(async (trx) => {
      await users.insert(trx, row);
      await passwords.set(trx, id, hash, now);
      await log.append(trx, [principalChanged(principalOfUser(row), now)]);
    });
    return true;
  } catch (error) {
    // Another process was quicker; or somebody else has the user name, which the operator must hear.
    if (database.dialect.explain(error)?.kind === "taken" && (await exists())) return false;
    throw error;
  }
}
