import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, type Fixture, identityUnderTest, password, reasonOf, signedIn } from "./fixtures.ts";

describe.each(dialects)("principals and what is known of them on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  let admin: CallOptions;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
    admin = await signedIn(it, it.world.admin);
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  const make = async (over = {}) => {
    const request = { organization: "acme", userName: `u-${newUuid().slice(-8)}`, password, ...over };
    const { user } = await it.users.createUser(request, admin);
    if (!user) throw new Error("no user");
    return user;
  };
  const change = (user: string, over: object) => it.users.updateUser({ user, ...over }, admin);
  const rowOf = (id: string) => it.database.db.selectFrom("identity_user").selectAll().where("id", "=", toId(id)).executeTakeFirstOrThrow();
  const told = async (kind: string, id: string) =>
    (await it.events(kind)).map(({ payload }) => fromBinary(PolicyPrincipalSchema, payload)).filter((each) => each.id === id);

  test("a user has a picture and details, which are kept byte for byte, and the time of the password", async () => {
    const asked = { avatarUrl: "https://acme.example/ada.png", details: { text: '{ "b":1, "a": null }' } };
    const user = await make(asked);
    expect(user).toMatchObject(asked);
    const { passwordChangeTime } = user;
    expect(passwordChangeTime).toEqual(user.createTime);
    const { user: changed } = await change(user.id, { details: { text: "[]" }, avatarUrl: "https://acme.example/2.png" });
    expect(changed).toMatchObject({ details: { text: "[]" }, passwordChangeTime, etag: "r2" });
    expect(await reasonOf(change(user.id, { details: { text: "{" } }))).toBe("FIELD_INVALID");
    expect(await reasonOf(change(user.id, { avatarUrl: "javascript:x" }))).toBe("FIELD_INVALID");
    const { user: emptied } = await change(user.id, { updateMask: { paths: ["details", "avatar_url"] } });
    expect([emptied?.details, emptied?.avatarUrl]).toEqual([undefined, ""]);
    it.clock.advance(5);
    const { user: reset } = await it.users.resetPassword({ user: user.id, password: "another horse battery" }, admin);
    expect(Number(reset?.passwordChangeTime?.seconds)).toBeGreaterThanOrEqual(Number(passwordChangeTime?.seconds) + 5);
  });

  test("a user gets another user name, which is theirs alone, and the bootstrap administrator keeps theirs", async () => {
    const [user, other] = [await make(), await make()];
    const { user: renamed } = await change(user.id, { userName: `Grace-${user.id.slice(-6)}` });
    expect((await it.users.getUser({ user: renamed?.userName.toLowerCase() ?? "" }, admin)).user).toEqual(renamed);
    expect((await told("principal.changed", user.id)).map(({ name }) => name)).toEqual([user.userName, renamed?.userName]);
    expect(await reasonOf(it.users.getUser({ user: user.userName }, admin))).toBe("NOT_FOUND");
    expect((await it.auth.signIn({ userName: renamed?.userName ?? "", password })).tokens?.accessToken).toBeTruthy();
    expect(await reasonOf(change(other.id, { userName: renamed?.userName.toUpperCase() }))).toBe("NAME_TAKEN");
    for (const userName of [newUuid(), "sbk_x"]) expect(await reasonOf(change(other.id, { userName }))).toBe("FIELD_INVALID");
    expect(await reasonOf(change(other.id, { updateMask: { paths: ["user_name"] } }))).toBe("FIELD_INVALID");
    await it.database.db.updateTable("identity_user").set({ protected: 1 }).where("id", "=", toId(other.id)).execute();
    expect(await reasonOf(change(other.id, { userName: "boss" }))).toBe("PROTECTED");
    expect(await reasonOf(it.users.deleteUser({ user: other.id }, admin))).toBe("PROTECTED");
    expect((await change(other.id, { displayName: "The boss" })).user?.displayName).toBe("The boss");
  });

  test("a user who is deleted is forgotten with what they hold, and their name is free", async () => {
    const user = await make({ displayName: "Ada", email: "ada@acme.example", details: { text: "{}" } });
    const { tokens } = await it.auth.signIn({ userName: user.userName, password });
    await it.auth.changePassword({ password, newPassword: "my own horse battery" }, bearer(tokens?.accessToken ?? ""));
    const { tokens: own } = await it.auth.signIn({ userName: user.userName, password: "my own horse battery" });
    const session = bearer(own?.accessToken ?? "");
    const { key, apiKey } = await it.keys.createApiKey({ name: "laptop", expireTime: toTimestamp(it.clock() + 1e12) }, session);
    expect(await reasonOf(it.users.deleteUser({ user: user.id, etag: "r9" }, admin))).toBe("ETAG_MISMATCH");
    await it.users.deleteUser({ user: user.userName }, admin);
    await it.feed();

    expect(await reasonOf(it.auth.getSelf({}, session))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.auth.exchangeToken({ credential: key }))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.auth.signIn({ userName: user.userName, password: "my own horse battery" }))).toBe("PASSWORD_WRONG");
    const calls = [
      it.users.getUser({ user: user.id }, admin),
      it.users.activateUser({ user: user.id }, admin),
      it.users.deleteUser({ user: user.id }, admin),
      it.keys.listApiKeys({ principal: user.id }, admin),
      it.keys.getApiKey({ apiKey: apiKey?.id ?? "" }, admin),
    ];
    expect(new Set(await Promise.all(calls.map(reasonOf)))).toEqual(new Set(["NOT_FOUND"]));
    const { users } = await it.users.listUsers({ organization: "acme", pageSize: 1000 }, admin);
    expect(users.map(({ id }) => id)).not.toContain(user.id);
    const row = await rowOf(user.id);
    expect(row).toMatchObject({ displayName: "", email: "", details: "", avatarUrl: "", userName: `deleted-${user.id}` });
    expect(await told("principal.deleted", user.id)).toMatchObject([{ active: false, kind: "user", name: `deleted-${user.id}` }]);
    expect((await make({ userName: user.userName })).id).not.toBe(user.id);
    expect(await reasonOf(make({ id: user.id, userName: `again-${user.id.slice(-6)}` }))).not.toBe("OK");
  });

  test("a service account is shown by another name, has a picture, and is deleted with its keys", async () => {
    const asked = { displayName: "Nightly trainer", avatarUrl: "https://acme.example/bot.png" };
    const { serviceAccount } = await it.accounts.createServiceAccount({ organization: "acme", name: "bot", ...asked }, admin);
    const id = serviceAccount?.id ?? "";
    expect(serviceAccount).toMatchObject(asked);
    const { serviceAccount: changed } = await it.accounts.updateServiceAccount({ serviceAccount: id, displayName: "Trainer" }, admin);
    expect(changed).toMatchObject({ name: "bot", displayName: "Trainer", avatarUrl: asked.avatarUrl });
    await it.feed();
    const { key } = await it.keys.createApiKey({ principal: id, name: "one" }, admin);
    await it.accounts.deleteServiceAccount({ serviceAccount: id, etag: "r2" }, admin);
    await it.feed();
    expect(await reasonOf(it.auth.exchangeToken({ credential: key, controlPlane: true }))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.accounts.getServiceAccount({ serviceAccount: id }, admin))).toBe("NOT_FOUND");
    expect(await reasonOf(it.accounts.deleteServiceAccount({ serviceAccount: id }, admin))).toBe("NOT_FOUND");
    expect(await told("principal.deleted", id)).toHaveLength(1);
    await it.accounts.createServiceAccount({ organization: "acme", name: "bot" }, admin);
  });
});
