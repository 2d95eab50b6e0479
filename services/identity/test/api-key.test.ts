import { fromBinary } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { RevocationSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { give, newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, type Fixture, failureOf, identityUnderTest, reasonOf, signedIn } from "./fixtures.ts";

describe.each(dialects)("API keys on %s", (dialect) => {
  const entry = newKeyringEntry("first");
  let fresh: FreshDatabase;
  let it: Fixture;
  let admin: CallOptions;
  let robot: string;
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url, { needs: { meshKeys: parseKeyring(entry) } });
    admin = await signedIn(it, it.world.admin);
    const { serviceAccount } = await it.accounts.createServiceAccount({ organization: "acme", name: "robot" }, admin);
    robot = serviceAccount?.id ?? "";
    await it.feed();
    give(it.needs.policy, robot, "workspace-developer", { organization: it.world.organization, workspace: it.world.workspace });
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  async function make(over = {}) {
    const { apiKey, key } = await it.keys.createApiKey({ principal: robot, name: newUuid(), ...over }, admin);
    return { id: apiKey?.id ?? "", key, apiKey };
  }
  const inDays = (days: number) => toTimestamp(it.clock() + days * 86_400_000_000);
  const use = (credential: string) => it.auth.exchangeToken({ credential });
  const rowOf = (id: string) =>
    it.database.db.selectFrom("identity_api_key").selectAll().where("id", "=", toId(id)).executeTakeFirstOrThrow();

  test("are shown once, by the create that made them", async () => {
    const asked = { id: newUuid(), name: "once" };
    const { key, apiKey } = await make(asked);
    expect(key).toMatch(/^sbk_/);
    expect(key.startsWith(apiKey?.hint ?? "-")).toBe(true);
    expect(apiKey).toMatchObject({ ...asked, principal: robot, state: KeyState.ACTIVE });
    expect(apiKey?.expireTime ?? apiKey?.lastUsedTime ?? apiKey?.rotateTime ?? apiKey?.previousExpireTime).toBeUndefined();
    expect(await failureOf(make(asked))).toMatchObject({ reason: 43, metadata: { id: asked.id } });
    expect(await reasonOf(make({ ...asked, name: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(make({ name: "once" }))).toBe("NAME_TAKEN");
    const racing = { id: newUuid(), name: "raced" };
    const made = (await Promise.allSettled(Array.from({ length: 20 }, () => make(racing)))).filter(({ status }) => status === "fulfilled");
    expect(made).toHaveLength(1);
  });

  test("are sorted by when they were used, rotated and changed, in pages", async () => {
    const owner = (await it.accounts.createServiceAccount({ organization: "acme", name: "sorts keys" }, admin)).serviceAccount?.id ?? "";
    const [a, b, c] = [
      await make({ principal: owner, name: "a" }),
      await make({ principal: owner, name: "b" }),
      await make({ principal: owner, name: "c" }),
    ];
    await it.keys.rotateApiKey({ apiKey: c.id, overlap: { seconds: 60n, nanos: 0 } }, admin);
    it.clock.advance(1);
    await it.keys.rotateApiKey({ apiKey: a.id, overlap: { seconds: 60n, nanos: 0 } }, admin);
    it.clock.advance(1);
    await it.keys.updateApiKey({ apiKey: c.id, description: "changed last" }, admin);
    await it.database.db.updateTable("identity_api_key").set({ lastUsedTime: it.clock() }).where("id", "=", toId(b.id)).execute();
    const walk = async (orderBy: string) => {
      const first = await it.keys.listApiKeys({ principal: owner, orderBy, pageSize: 2 }, admin);
      const rest = await it.keys.listApiKeys({ principal: owner, orderBy, pageSize: 2, pageToken: first.nextPageToken }, admin);
      return [...first.apiKeys, ...rest.apiKeys].map(({ name }) => name);
    };
    expect(await walk("rotate_time desc")).toEqual(["a", "c", "b"]);
    expect(await walk("update_time desc")).toEqual(["c", "a", "b"]);
    expect((await walk("last_used_time desc"))[0]).toBe("b");
  });

  test("of users are tokens of their own that expire", async () => {
    const stranger = await signedIn(it, it.world.stranger);
    expect(await reasonOf(it.keys.createApiKey({ name: "mine" }, stranger))).toBe("FIELD_INVALID");
    const { key, apiKey } = await it.keys.createApiKey({ name: "mine", expireTime: inDays(1) }, stranger);
    expect(key).toMatch(/^sbp_/);
    expect(apiKey?.principal).toBe(it.world.stranger);
    expect((await it.keys.listApiKeys({}, stranger)).apiKeys.map(({ name }) => name)).toEqual(["mine"]);
    expect(await reasonOf(it.keys.listApiKeys({ principal: robot }, stranger))).toBe("NOT_FOUND");
    expect(await reasonOf(it.keys.createApiKey({ name: "late", expireTime: inDays(-1) }, stranger))).toBe("FIELD_INVALID");
    const { accessToken } = await it.auth.exchangeToken({ credential: key, controlPlane: true });
    const self = await it.auth.getSelf({}, bearer(accessToken));
    expect(self).toMatchObject({ kind: "user", credential: apiKey?.id, principal: { id: it.world.stranger } });
    expect(await reasonOf(it.auth.signOut({}, bearer(accessToken)))).toBe("NOT_FOUND");
    it.clock.advance(86_400);
    expect(await reasonOf(use(key))).toBe("TOKEN_EXPIRED");
    admin = await signedInAgain();
  });

  /** The clock moved on by more than a token's life. */
  async function signedInAgain(): Promise<CallOptions> {
    const { userName } = await it.database.db
      .selectFrom("identity_user")
      .select("userName")
      .where("id", "=", toId(it.world.admin))
      .executeTakeFirstOrThrow();
    return bearer((await it.auth.signIn({ userName, password: "correct horse battery" })).tokens?.accessToken ?? "");
  }

  test("are refused when they are mistyped, unknown or of another secret", async () => {
    const { id, key } = await make();
    await use(key);
    const mistyped = key.slice(0, 20) + (key[20] === "0" ? "1" : "0") + key.slice(21);
    for (const wrong of [mistyped, "sbk_", `${key}x`, key.replace("sbk_", "sbr_")])
      expect(await reasonOf(use(wrong))).toBe("TOKEN_INVALID");
    // Whole, but with the secret of another key.
    const secretHash = (await rowOf((await make()).id)).secretHash;
    await it.database.db.updateTable("identity_api_key").set({ secretHash }).where("id", "=", toId(id)).execute();
    expect(await reasonOf(use(key))).toBe("TOKEN_INVALID");
  });

  test("end for good when they are revoked, with what was got with them", async () => {
    const { id, key } = await make();
    const { accessToken } = await it.auth.exchangeToken({ credential: key, controlPlane: true });
    expect((await it.keys.revokeApiKey({ apiKey: id }, admin)).apiKey?.state).toBe(KeyState.REVOKED);
    expect((await it.keys.revokeApiKey({ apiKey: id }, admin)).apiKey?.etag).toBe("r2");
    expect(await reasonOf(use(key))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(use(accessToken))).toBe("TOKEN_REVOKED");
    await it.feed();
    expect(await reasonOf(it.auth.getSelf({}, bearer(accessToken)))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.keys.rotateApiKey({ apiKey: id }, admin))).toBe("PROTECTED");
    const told = (await it.events("credential.revoked")).map(({ payload }) => fromBinary(RevocationSchema, payload).credential);
    expect(told.filter((credential) => credential === id)).toHaveLength(1);
  });

  test("are made inactive with what was got with them, and work again, a minute later at the earliest", async () => {
    const { id, key, apiKey } = await make({ description: "for ci" });
    const { accessToken } = await it.auth.exchangeToken({ credential: key, controlPlane: true });
    const change = (asked: object) => it.keys.updateApiKey({ apiKey: id, ...asked }, admin);
    const { apiKey: paused } = await change({ active: false, name: `paused ${id}`, etag: "r1" });
    expect(paused).toMatchObject({ state: KeyState.INACTIVE, name: `paused ${id}`, description: "for ci", hint: apiKey?.hint, etag: "r2" });
    expect((await change({ active: false, etag: "r1" })).apiKey?.etag).toBe("r2");
    expect(await reasonOf(use(key))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(use(accessToken))).toBe("TOKEN_REVOKED");
    await it.feed();
    expect(await reasonOf(it.auth.getSelf({}, bearer(accessToken)))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(it.keys.rotateApiKey({ apiKey: id }, admin))).toBe("PROTECTED");
    expect((await it.keys.listApiKeys({ principal: robot, filter: "state = INACTIVE" }, admin)).apiKeys.map((each) => each.id)).toEqual([
      id,
    ]);

    expect((await change({ active: true })).apiKey).toMatchObject({ state: KeyState.ACTIVE, etag: "r3" });
    expect(await failureOf(use(key))).toMatchObject({ message: expect.stringContaining("works again in 60 s") });
    it.clock.advance(61);
    const { accessToken: next } = await it.auth.exchangeToken({ credential: key, controlPlane: true });
    expect((await it.auth.getSelf({}, bearer(next))).credential).toBe(id);
    expect(await reasonOf(it.auth.getSelf({}, bearer(accessToken)))).toBe("TOKEN_REVOKED");
  });

  test("change field by field, not once they are revoked, and one of two who do so at once wins", async () => {
    const { id } = await make();
    const { apiKey: other } = await make();
    const change = (asked: object) => it.keys.updateApiKey({ apiKey: id, ...asked }, admin);
    expect((await change({ description: "new" })).apiKey).toMatchObject({ description: "new", state: KeyState.ACTIVE });
    expect(await reasonOf(change({ name: other?.name }))).toBe("NAME_TAKEN");
    expect(await reasonOf(change({ updateMask: { paths: ["name"] } }))).toBe("FIELD_INVALID");
    const racing = await Promise.all(
      Array.from({ length: 10 }, (_, i) => reasonOf(change({ active: false, description: `${i}`, etag: "r2" })).catch(() => "OK")),
    );
    expect(racing.filter((reason) => reason !== "ETAG_MISMATCH")).toHaveLength(1);
    await change({ active: false });
    expect((await it.keys.revokeApiKey({ apiKey: id }, admin)).apiKey?.state).toBe(KeyState.REVOKED);
    for (const asked of [{ active: true }, { description: "late" }]) expect(await reasonOf(change(asked))).toBe("PROTECTED");
  });

  test("are rotated, and the old one works until the overlap ends", async () => {
    const { id, key } = await make();
    const rotation = newUuid();
    const asked = { apiKey: id, rotation, overlap: { seconds: 600n } };
    const { key: next, apiKey } = await it.keys.rotateApiKey(asked, admin);
    expect(next).not.toBe(key);
    expect(apiKey?.previousExpireTime).toBeDefined();
    expect(await reasonOf(it.keys.rotateApiKey(asked, admin))).toBe("SECRET_ALREADY_SHOWN");
    await use(next);
    const { expireTime } = await use(key);
    expect(Number(expireTime?.seconds) - it.clock() / 1e6).toBeLessThanOrEqual(600);
    it.clock.advance(601);
    expect(await reasonOf(use(key))).toBe("TOKEN_REVOKED");
    await use(next);
    expect((await it.keys.getApiKey({ apiKey: id }, admin)).apiKey?.previousExpireTime).toBeUndefined();
  });

  test("are rotated at once where the old one must not work any more", async () => {
    const { id, key } = await make();
    const { accessToken } = await it.auth.exchangeToken({ credential: key, controlPlane: true });
    it.clock.advance(1);
    const { key: next } = await it.keys.rotateApiKey({ apiKey: id }, admin);
    expect(await reasonOf(use(key))).toBe("TOKEN_REVOKED");
    const { accessToken: newToken } = await it.auth.exchangeToken({ credential: next, controlPlane: true });
    await it.feed();
    expect(await reasonOf(it.auth.getSelf({}, bearer(accessToken)))).toBe("TOKEN_REVOKED");
    expect((await it.auth.getSelf({}, bearer(newToken))).credential).toBe(id);
    const both = [newUuid(), newUuid()].map((rotation) => it.keys.rotateApiKey({ apiKey: id, rotation, overlap: { seconds: 60n } }, admin));
    for (const { key: each } of await Promise.all(both)) await use(each);
  });

  test("do not work while their owner may not act, and work again after", async () => {
    const { key } = await make();
    await it.accounts.deactivateServiceAccount({ serviceAccount: robot }, admin);
    expect(await reasonOf(use(key))).toBe("TOKEN_REVOKED");
    expect(await reasonOf(make())).toBe("PRINCIPAL_INACTIVE");
    await it.accounts.activateServiceAccount({ serviceAccount: robot }, admin);
    await it.feed();
    await use(key);
  });

  test("tell when they were last used, written at most once a minute", async () => {
    const { id, key } = await make();
    const uses = it.database.db.updateTable("identity_api_key").set({ lastUsedTime: 0 }).where("id", "=", toId(id));
    await uses.execute();
    for (let i = 0; i < 20; i++) await use(key);
    it.part.startDuties();
    await expect.poll(async () => (await rowOf(id)).lastUsedTime, { timeout: 8000 }).toBeGreaterThan(0);
    const { lastUsedTime } = await rowOf(id);
    it.clock.advance(30);
    await use(key);
    expect((await rowOf(id)).lastUsedTime).toBe(lastUsedTime);
    expect((await it.keys.getApiKey({ apiKey: id }, admin)).apiKey?.lastUsedTime).toEqual(toTimestamp(lastUsedTime));
  });

  test("survive a new pepper, and are hashed under it when they are used", async () => {
    const { id, key } = await make();
    const before = (await rowOf(id)).secretHash;
    const second = newKeyringEntry("second");
    const policy = it.needs.policy;
    const options = { world: it.world, clock: it.clock };
    const both = await identityUnderTest(fresh.url, { ...options, needs: { policy, meshKeys: parseKeyring(`${second},${entry}`) } });
    await both.auth.exchangeToken({ credential: key });
    await both.close();
    expect((await rowOf(id)).secretHash).not.toEqual(before);
    const onlyNew = await identityUnderTest(fresh.url, { ...options, needs: { policy, meshKeys: parseKeyring(second) } });
    await onlyNew.auth.exchangeToken({ credential: key });
    await onlyNew.close();
  });
});
