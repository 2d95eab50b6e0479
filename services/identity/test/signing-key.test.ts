import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { decodeJwt } from "@signalbox/runtime/crypto/jwt.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newWorld, teach } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aUser, auditOf, bearer, type Fixture, identityUnderTest, password, reasonOf, testClock } from "./fixtures.ts";

describe.each(dialects)("signing keys on %s", (dialect) => {
  const entry = newKeyringEntry("first");
  const world = newWorld();
  const clock = testClock();
  const policy = createPolicy();
  let fresh: FreshDatabase;
  let it: Fixture;
  let other: Fixture;
  const start = (meshKeys = entry) => identityUnderTest(fresh.url, { world, clock, needs: { policy, meshKeys: parseKeyring(meshKeys) } });
  beforeAll(async () => {
    teach(policy, world);
    fresh = await freshDatabase(dialect);
    it = await start();
    other = await start();
  });
  afterAll(async () => {
    await other?.close();
    await it?.close();
    await fresh?.drop();
  });
  const published = async (of: Fixture) => (await of.auth.listSigningKeys({})).signingKeys.map(({ id }) => id);
  const keyOf = (token: string) => decodeJwt(token, { algorithm: "ES256", type: "at+jwt" }).keyId;
  const rotate = (of: Fixture) => of.part.client(AuthService, { service: "org" }).rotateSigningKey({});

  test("are made once by replicas that start on an empty database", async () => {
    expect(await published(it)).toHaveLength(1);
    expect(await published(other)).toEqual(await published(it));
    const { signingKeys } = await it.auth.listSigningKeys({});
    expect(Object.keys(JSON.parse(signingKeys[0]?.jwk ?? "")).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  test("rotate: the new one is announced, then signs, and the old one is accepted until its tokens have expired", async () => {
    const { userName } = await aUser(it);
    const signIn = async () => (await it.auth.signIn({ userName, password })).tokens?.accessToken ?? "";
    const [old] = await published(it);
    const before = await signIn();
    expect(keyOf(before)).toBe(old);
    const { keyId } = await rotate(it);
    expect(await published(it)).toEqual([keyId, old]);
    clock.advance(2);
    expect(await published(other)).toEqual([keyId, old]);
    expect(keyOf(await signIn())).toBe(old);
    clock.advance(10);
    const after = await signIn();
    expect(keyOf(after)).toBe(keyId);
    for (const token of [before, after]) {
      for (const replica of [it, other]) await replica.auth.exchangeToken({ credential: token, controlPlane: true });
    }
    expect((await it.auth.getSelf({}, bearer(before))).principal?.id).toBe(world.developer);
    clock.advance(21 * 60);
    expect(await published(it)).toEqual([keyId]);
    expect((await auditOf(it, "RotateSigningKey")).map(({ subject, principalKind }) => [subject, principalKind])).toContainEqual([
      keyId,
      "service",
    ]);
    expect(await reasonOf(it.auth.rotateSigningKey({}))).toBe("CREDENTIALS_MISSING");
  });

  test("are one key when two rotate at once", async () => {
    const [before] = await published(it);
    const made = await Promise.all([rotate(it), rotate(other)]);
    clock.advance(2);
    const keys = await published(it);
    expect(keys.at(-1)).toBe(before);
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(keys.length - 1);
  });

  test("are replaced after a month by housekeeping", async () => {
    const [before] = await published(it);
    clock.advance(31 * 86_400);
    it.part.startDuties();
    await expect.poll(async () => clock.advance(2) ?? (await published(it))[0]).not.toBe(before);
  });

  test("are replaced where the key that seals them is not configured any more", async () => {
    const [before] = await published(it);
    const third = await start(newKeyringEntry("second"));
    const [now] = await published(third);
    expect(now).not.toBe(before);
    expect(await published(third)).toContain(before);
    const { tokens } = await third.auth.signIn({ userName: (await aUser(third, { id: Buffer.alloc(16, 7) })).userName, password });
    expect(keyOf(tokens?.accessToken ?? "")).toBe(now);
    await third.close();
  });
});
