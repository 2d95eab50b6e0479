import { create, fromBinary } from "@bufbuild/protobuf";
import type { CallOptions, Client } from "@connectrpc/connect";
import { type AuditEvent, AuditEventSchema } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { OrganizationService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { PolicyChangeSchema, PolicyPrincipalSchema, RevocationSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { hashPassword } from "@signalbox/runtime/crypto/password.ts";
import { notFound, reasonName } from "@signalbox/runtime/errors.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import { fake, type PartUnderTest, partUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newWorld, type World } from "@signalbox/runtime/testing/world.ts";
import { toConnectError, toSignalboxError } from "@signalbox/runtime/wire/status.ts";
import { principalChanged } from "../src/events.ts";
import { identity } from "../src/index.ts";
import type { Principal } from "../src/principal/store.ts";
import type { IdentityTables, UserRow } from "../src/tables.ts";
import { principalOfUser } from "../src/user/mapping.ts";

export type Tables = IdentityTables & { identity_outbox: OutboxTable };

/** A clock that tests move. */
export interface TestClock {
  (): number;
  advance(seconds: number): void;
}

export function testClock(): TestClock {
  let now = Date.now() * 1000;
  const clock = () => ++now;
  return Object.assign(clock, {
    advance: (seconds: number) => {
      now += seconds * 1_000_000;
    },
  });
}

export const password = "correct horse battery";

/** Identity on a database of its own, with the people of a world in it. */
export interface Fixture {
  readonly world: World;
  readonly clock: TestClock;
  readonly database: Database<Tables>;
  readonly needs: Needs;
  readonly part: PartUnderTest;
  readonly auth: Client<typeof AuthService>;
  readonly users: Client<typeof UserService>;
  readonly accounts: Client<typeof ServiceAccountService>;
  readonly keys: Client<typeof ApiKeyService>;
  /** The log from its beginning or from a point on. */
  events(kind?: string): Promise<OutboxTable[]>;
  /** Resolves when the policy has heard what the log holds. */
  feed(): Promise<void>;
  close(): Promise<void>;
}

export async function identityUnderTest(
  url: string,
  { world = newWorld(), clock = testClock(), needs = {} }: { world?: World; clock?: TestClock; needs?: Partial<Needs> } = {},
): Promise<Fixture> {
  const database = openDatabase<Tables>(url);
  const wakeups = memoryWakeups();
  const open = async (migrations: Parameters<Needs["open"]>[0]) => {
    await migrate(database, "identity", migrations);
    return database as never;
  };
  const organizations = fake(OrganizationService, {
    getOrganization: ({ organization }) => {
      if (organization !== "acme" && organization !== world.organization) throw toConnectError(notFound("organization", organization));
      return { organization: { id: world.organization, name: "acme" } };
    },
  });
  const part = await partUnderTest({
    name: "identity",
    assemble: identity,
    url,
    world,
    fakes: [organizations],
    needs: { clock, open, wakeups, ...needs },
  });
  const nobody = { nobody: true } as const;
  const events = (kind?: string) => {
    const all = database.db.selectFrom("identity_outbox").selectAll().orderBy("id");
    return (kind ? all.where("kind", "=", kind) : all).execute();
  };
  let fed = 0;
  async function take(): Promise<void> {
    const all = await events();
    const { policy } = part.needs;
    for (const { kind, payload } of all.slice(fed)) {
      const change = create(PolicyChangeSchema);
      if (kind === "principal.changed") change.principals = [fromBinary(PolicyPrincipalSchema, payload)];
      if (kind === "credential.revoked") change.revocations = [fromBinary(RevocationSchema, payload)];
      policy.apply(change, policy.revision + 1);
    }
    fed = all.length;
  }
  let feeding = Promise.resolve();
  const feed = () => {
    feeding = feeding.then(take);
    return feeding;
  };
  // What rbac does elsewhere: the policy hears of each change soon.
  const stop = wakeups.subscribe("identity.outbox", () => void feed());
  return {
    world,
    clock,
    database,
    needs: part.needs,
    part,
    auth: part.client(AuthService, nobody),
    users: part.client(UserService, nobody),
    accounts: part.client(ServiceAccountService, nobody),
    keys: part.client(ApiKeyService, nobody),
    events,
    feed,
    async close() {
      stop();
      await feeding;
      await part.close();
    },
  };
}

/** Makes the policy know a principal as it is, without the log. */
function teach(policy: Needs["policy"], principal: Principal): void {
  const fact = fromBinary(PolicyPrincipalSchema, principalChanged(principal, 0).payload);
  policy.apply(create(PolicyChangeSchema, { principals: [fact] }), policy.revision + 1);
}

let made = 0;

/** A user straight in the database, who signs in with {@link password}. Their names count up. */
export async function aUser(
  { database, world, clock, needs }: Fixture,
  over: Partial<UserRow> & { password?: string } = {},
): Promise<UserRow> {
  const { password: secret = password, ...given } = over;
  const now = clock();
  const userName = given.userName ?? `user-${++made}`;
  const row: UserRow = {
    id: toId(world.developer),
    organizationId: toId(world.organization),
    userName,
    userKey: userName.toLowerCase(),
    displayName: "",
    email: "",
    state: PrincipalState.ACTIVE,
    mustChangePassword: 0,
    ...{ avatarUrl: "", details: "", passwordChangeTime: now },
    protected: 0,
    contentHash: Buffer.alloc(32),
    revision: 1,
    createTime: now,
    updateTime: now,
    ...given,
  };
  await database.db.insertInto("identity_user").values(row).execute();
  const hash = await hashPassword(secret);
  await database.db.insertInto("identity_password").values({ userId: row.id, hash, updateTime: now }).execute();
  teach(needs.policy, principalOfUser(row));
  return row;
}

/** A user of the world, signed in: the options that make a call theirs. */
export async function signedIn(it: Fixture, principal: string): Promise<CallOptions> {
  const user = await aUser(it, { id: toId(principal) });
  return bearer((await it.auth.signIn({ userName: user.userName, password })).tokens?.accessToken ?? "");
}

export const bearer = (token: string): CallOptions => ({ headers: { authorization: `Bearer ${token}` } });

/** Why a call failed: "NOT_FOUND". */
export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return reasonName((await failureOf(call)).reason);
}

export async function failureOf(call: Promise<unknown>): Promise<ReturnType<typeof toSignalboxError>> {
  try {
    await call;
  } catch (error) {
    return toSignalboxError(error);
  }
  throw new Error("the call did not fail");
}

/** The audit events of a method, such as "AuthService/SignIn". */
export async function auditOf(it: Fixture, method: string): Promise<AuditEvent[]> {
  const all = (await it.events("audit")).map(({ payload }) => fromBinary(AuditEventSchema, payload));
  return all.filter((event) => event.method.endsWith(method));
}
