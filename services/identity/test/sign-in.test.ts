import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { PrincipalState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aUser, auditOf, bearer, type Fixture, failureOf, identityUnderTest, password, reasonOf } from "./fixtures.ts";

describe.each(dialects)("signing in on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  const newUser = (over = {}) => aUser(it, { id: newId(), ...over });
  const guess = (userName: string) => reasonOf(it.auth.signIn({ userName, password: "wrong" }));

  test("yields tokens that say who the user is", async () => {
    const user = await aUser(it, { userName: "Ada" });
    const { tokens, principal, mustChangePassword } = await it.auth.signIn({ userName: "ada", password });
    expect(principal).toMatchObject({ id: it.world.developer, name: "Ada" });
    expect(mustChangePassword).toBe(false);
    const lifeSeconds = Number(tokens?.accessExpireTime?.seconds) - it.clock() / 1e6;
    expect(lifeSeconds).toBeGreaterThan(898);
    expect(lifeSeconds).toBeLessThanOrEqual(900);
    const self = await it.auth.getSelf({}, bearer(tokens?.accessToken ?? ""));
    expect(self).toMatchObject({ principal: { id: toUuid(user.id), name: "Ada" }, kind: "user", organization: it.world.organization });
    const sessions = await it.database.db.selectFrom("identity_session").selectAll().where("userId", "=", user.id).execute();
    expect(sessions.map(({ id }) => toUuid(id))).toEqual([self.credential]);
  });

  test("answers a wrong password, an unknown name and an inactive user alike", async () => {
    const known = await newUser();
    const inactive = await newUser({ state: PrincipalState.INACTIVE });
    const failures = await Promise.all([
      failureOf(it.auth.signIn({ userName: known.userName, password: "wrong" })),
      failureOf(it.auth.signIn({ userName: "nobody-has-this-name", password })),
      failureOf(it.auth.signIn({ userName: inactive.userName, password })),
    ]);
    expect(new Set(failures.map(({ reason, message }) => `${reason} ${message}`)).size).toBe(1);
    expect(await guess(known.userName)).toBe("PASSWORD_WRONG");
  });

  test("works off a password hash for an unknown name too", async () => {
    const known = await newUser();
    const quickest = async (userName: string) => {
      const took: number[] = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        const started = performance.now();
        await guess(userName);
        took.push(performance.now() - started);
      }
      return Math.min(...took);
    };
    const knownMs = await quickest(known.userName);
    expect(await quickest("unknown-and-just-as-slow")).toBeGreaterThan(knownMs / 2);
  });

  test("locks a name after five failures, ever longer, and forgets them after a success", async () => {
    const { userName } = await newUser();
    const right = () => it.auth.signIn({ userName, password });
    for (let failed = 1; failed <= 4; failed++) expect(await guess(userName)).toBe("PASSWORD_WRONG");
    await right();
    for (let failed = 1; failed <= 5; failed++) expect(await guess(userName)).toBe("PASSWORD_WRONG");
    for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
      expect(await reasonOf(right())).toBe("SIGN_IN_LOCKED");
      const { retryAfterMs } = await failureOf(right());
      expect(retryAfterMs).toBeGreaterThan(seconds * 1000 - 1000);
      expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1000);
      expect(await guess(userName)).toBe("SIGN_IN_LOCKED");
      it.clock.advance(seconds);
      expect(await guess(userName)).toBe("PASSWORD_WRONG");
    }
    it.clock.advance(900);
    await right();
    expect(await guess(userName)).toBe("PASSWORD_WRONG");
    await right();
  });

  test("locks names that nobody has just the same", async () => {
    for (let failed = 1; failed <= 5; failed++) expect(await guess("no-such-user")).toBe("PASSWORD_WRONG");
    expect(await guess("No-Such-User")).toBe("SIGN_IN_LOCKED");
  });

  test("counts guesses made at the same time, and lets none through a lock", async () => {
    const { userName } = await newUser();
    const wrong = Array.from({ length: 20 }, () => guess(userName));
    const right = reasonOf(it.auth.signIn({ userName, password }));
    const reasons = await Promise.all(wrong);
    expect(reasons.filter((reason) => reason === "PASSWORD_WRONG").length).toBeLessThan(8);
    expect(await right).toBe("SIGN_IN_LOCKED");
  });

  test("lets many sign in at once with the right password", async () => {
    const { userName } = await newUser();
    const all = await Promise.all(Array.from({ length: 10 }, () => it.auth.signIn({ userName, password })));
    expect(new Set(all.map(({ tokens }) => tokens?.refreshToken)).size).toBe(10);
  });

  test("is recorded, and so is every failure with the name that was tried", async () => {
    const user = await newUser();
    await it.auth.signIn({ userName: user.userName, password });
    await guess(user.userName);
    await expect
      .poll(async () => (await auditOf(it, "AuthService/SignIn")).filter(({ subject }) => subject === user.userName).length)
      .toBe(1);
    const events = await auditOf(it, "AuthService/SignIn");
    expect(events.find(({ subject }) => subject === user.userName)).toMatchObject({ outcome: Outcome.REFUSED, reason: "PASSWORD_WRONG" });
    expect(events.find(({ subject }) => subject === toUuid(user.id))).toMatchObject({ outcome: Outcome.DONE, reason: "" });
  });

  test("shares its counts with other replicas", async () => {
    const { userName } = await newUser();
    const other = await identityUnderTest(fresh.url, { world: it.world, clock: it.clock, needs: { meshKeys: it.needs.meshKeys } });
    try {
      for (let failed = 1; failed <= 3; failed++) await guess(userName);
      for (let failed = 1; failed <= 2; failed++) await reasonOf(other.auth.signIn({ userName, password: "wrong" }));
      expect(await guess(userName)).toBe("SIGN_IN_LOCKED");
    } finally {
      await other.close();
    }
  });
});
