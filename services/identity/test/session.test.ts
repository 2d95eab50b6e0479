import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { RevocationSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aUser, auditOf, bearer, type Fixture, identityUnderTest, password, reasonOf } from "./fixtures.ts";

describe.each(dialects)("a session on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
    await aUser(it, { id: toId(it.world.admin) });
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });

  /** A new user's new session. */
  async function begin(userName?: string) {
    const user = userName ?? (await aUser(it, { id: newId() })).userName;
    const { tokens, principal } = await it.auth.signIn({ userName: user, password });
    if (!tokens) throw new Error("no tokens");
    return { userName: user, id: principal?.id ?? "", as: bearer(tokens.accessToken), ...tokens };
  }
  const refresh = (refreshToken: string) => it.auth.refreshSession({ refreshToken });
  const sessionOf = async (as: CallOptions) => (await it.auth.getSelf({}, as)).credential;

  async function revoked(): Promise<string[]> {
    return (await it.events("credential.revoked")).map(({ payload }) => fromBinary(RevocationSchema, payload).credential);
  }

  test("goes on with a new token each time", async () => {
    const first = await begin();
    const second = (await refresh(first.refreshToken)).tokens;
    it.clock.advance(60);
    const third = (await refresh(second?.refreshToken ?? "")).tokens;
    expect(new Set([first, second, third].map((tokens) => tokens?.refreshToken)).size).toBe(3);
    expect(await sessionOf(bearer(third?.accessToken ?? ""))).toBe(await sessionOf(first.as));
  });

  test("answers a repeat of a lost answer with the same token", async () => {
    const { refreshToken } = await begin();
    const lost = await refresh(refreshToken);
    it.clock.advance(9);
    const again = await refresh(refreshToken);
    expect(again.tokens?.refreshToken).toBe(lost.tokens?.refreshToken);
    await refresh(again.tokens?.refreshToken ?? "");
  });

  test("goes on once for fifty refreshes at the same time", async () => {
    const { refreshToken, as } = await begin();
    const all = await Promise.all(Array.from({ length: 50 }, () => refresh(refreshToken)));
    expect(new Set(all.map(({ tokens }) => tokens?.refreshToken)).size).toBe(1);
    const id = toId(await sessionOf(as));
    const row = await it.database.db.selectFrom("identity_session").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ generation: 2, revokeTime: 0 });
  });

  test("ends, with all its tokens, when a used token comes back", async () => {
    const { refreshToken, as, id } = await begin();
    const credential = await sessionOf(as);
    const { tokens } = await refresh(refreshToken);
    it.clock.advance(11);
    expect(await reasonOf(refresh(refreshToken))).toBe("REFRESH_TOKEN_REUSED");
    expect(await reasonOf(refresh(tokens?.refreshToken ?? ""))).toBe("TOKEN_REVOKED");
    expect(await revoked()).toContain(credential);
    await it.feed();
    expect(await reasonOf(it.auth.getSelf({}, as))).toBe("TOKEN_REVOKED");
    await expect.poll(async () => (await auditOf(it, "RefreshSession")).some(({ reason, subject }) => reason && subject === id)).toBe(true);
  });

  test("ends when the token before the last comes back, even within the grace", async () => {
    const { refreshToken } = await begin();
    const second = (await refresh(refreshToken)).tokens;
    await refresh(second?.refreshToken ?? "");
    expect(await reasonOf(refresh(refreshToken))).toBe("REFRESH_TOKEN_REUSED");
  });

  test("is not ended by a token that was never its own", async () => {
    const [one, other] = [await begin(), await begin()];
    const forged = one.refreshToken.slice(0, -1) + (one.refreshToken.endsWith("A") ? "B" : "A");
    for (const token of ["sbr_nothing", "x", forged]) expect(await reasonOf(refresh(token))).toBe("TOKEN_INVALID");
    await refresh(one.refreshToken);
    await refresh(other.refreshToken);
  });

  test("lasts 30 days without a refresh and 90 days in all", async () => {
    const unused = await begin();
    let { refreshToken } = await begin();
    for (let day = 0; day < 90; day += 29) {
      refreshToken = (await refresh(refreshToken)).tokens?.refreshToken ?? "";
      it.clock.advance(29 * 86_400);
    }
    expect(await reasonOf(refresh(refreshToken))).toBe("TOKEN_EXPIRED");
    expect(await reasonOf(refresh(unused.refreshToken))).toBe("TOKEN_EXPIRED");
  });

  test("ends by signing out, again and again, and only one's own", async () => {
    const mine = await begin();
    const other = await begin(mine.userName);
    const stranger = await begin();
    const otherId = await sessionOf(other.as);
    expect(await reasonOf(it.auth.signOut({ session: otherId }, stranger.as))).toBe("NOT_FOUND");
    await it.auth.signOut({ session: otherId }, mine.as);
    await it.auth.signOut({ session: otherId }, mine.as);
    await it.auth.signOut({}, mine.as);
    expect(await reasonOf(refresh(mine.refreshToken))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(refresh(other.refreshToken))).toBe("TOKEN_REVOKED");
    expect((await revoked()).filter((id) => id === otherId)).toHaveLength(1);
  });

  test("survives a change of the password if it made it; the others end", async () => {
    const mine = await begin();
    const other = await begin(mine.userName);
    const next = "another battery horse";
    const otherId = await sessionOf(other.as);
    expect(await reasonOf(it.auth.changePassword({ password: "wrong", newPassword: next }, mine.as))).toBe("PASSWORD_WRONG");
    expect(await reasonOf(it.auth.changePassword({ password, newPassword: password }, mine.as))).toBe("FIELD_INVALID");
    await it.auth.changePassword({ password, newPassword: next }, mine.as);
    await it.auth.changePassword({ password, newPassword: next }, mine.as);
    await refresh(mine.refreshToken);
    expect(await reasonOf(refresh(other.refreshToken))).toBe("TOKEN_REVOKED");
    expect(await revoked()).toContain(otherId);
    expect(await reasonOf(it.auth.signIn({ userName: mine.userName, password }))).toBe("PASSWORD_WRONG");
    await it.auth.signIn({ userName: mine.userName, password: next });
  });

  test("cannot be used to guess the password", async () => {
    const { as, userName } = await begin();
    for (let guess = 1; guess <= 5; guess++) {
      const call = it.auth.changePassword({ password: "wrong", newPassword: `wrong as well ${guess}` }, as);
      expect(await reasonOf(call)).toBe("PASSWORD_WRONG");
    }
    const locked = it.auth.changePassword({ password, newPassword: "right, but too late" }, as);
    expect(await reasonOf(locked)).toBe("SIGN_IN_LOCKED");
    expect(await reasonOf(it.auth.signIn({ userName, password }))).toBe("SIGN_IN_LOCKED");
  });

  test("ends when somebody else resets the password, which has to be changed then", async () => {
    const admin = await begin(await nameOf(it.world.admin));
    const { userName, refreshToken, id } = await begin();
    const first = "chosen by somebody else";
    const { user } = await it.users.resetPassword({ user: userName, password: first }, admin.as);
    expect(user).toMatchObject({ id, mustChangePassword: true });
    expect(await reasonOf(refresh(refreshToken))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.auth.signIn({ userName, password }))).toBe("PASSWORD_WRONG");
    const again = await it.auth.signIn({ userName, password: first });
    expect(again.mustChangePassword).toBe(true);
    const token = again.tokens?.accessToken ?? "";
    const as = bearer(token);
    for (const call of [
      it.users.getUser({ user: userName }, as),
      it.auth.exchangeToken({ credential: token, controlPlane: true }),
      it.auth.exchangeToken({ credential: token }),
    ])
      expect(await reasonOf(call)).toBe("PASSWORD_CHANGE_REQUIRED");
    expect((await it.auth.getSelf({}, as)).principal?.id).toBe(id);
    await it.auth.changePassword({ password: first, newPassword: "chosen by myself" }, as);
    expect(await reasonOf(it.users.getUser({ user: userName }, as))).toBe("PASSWORD_CHANGE_REQUIRED");
    const { tokens } = await it.auth.refreshSession({ refreshToken: again.tokens?.refreshToken ?? "" });
    expect((await it.auth.exchangeToken({ credential: tokens?.accessToken ?? "", controlPlane: true })).accessToken).not.toBe("");
    expect((await it.users.getUser({ user: userName }, admin.as)).user?.mustChangePassword).toBe(false);
  });

  const nameOf = async (id: string) =>
    (await it.database.db.selectFrom("identity_user").select("userName").where("id", "=", toId(id)).executeTakeFirstOrThrow()).userName;

  test("stays ended when its user may act again", async () => {
    const admin = await begin(await nameOf(it.world.admin));
    const { refreshToken, userName, id, as } = await begin();
    await it.users.deactivateUser({ user: id }, admin.as);
    expect(await reasonOf(refresh(refreshToken))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.auth.signIn({ userName, password }))).toBe("PASSWORD_WRONG");
    await it.feed();
    expect(await reasonOf(it.auth.getSelf({}, as))).toBe("TOKEN_REVOKED");
    await it.users.activateUser({ user: id }, admin.as);
    await it.feed();
    expect(await reasonOf(refresh(refreshToken))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.auth.getSelf({}, as))).toBe("TOKEN_REVOKED");
    const next = await begin(userName);
    expect(toUuid(toId((await it.auth.getSelf({}, next.as)).principal?.id ?? ""))).toBe(id);
  });
});
