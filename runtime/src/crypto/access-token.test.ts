import { createHmac, generateKeyPairSync } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import { type AccessGrant, accessTokenVerifier, audienceOf, mintAccessToken, workspaceOf } from "./access-token.ts";
import { exportSigningKey, fromJwks, importSigningKey, newSigningKey, toJwks } from "./signing-key.ts";

const issuer = "https://signalbox.test";
const start = 1_790_000_000;
const workspace = "0191f0de-0000-7000-8000-000000000001";
const grant: AccessGrant = { sub: "u1", principal_kind: "user", sid: "s1", client_id: "cli", aud: audienceOf(workspace) };
const key = newSigningKey();
let seconds = start;
const clock = () => seconds * 1_000_000;
const published = fromJwks(toJwks([key.publicKey]));
let asked = 0;
const verifier = () =>
  accessTokenVerifier({
    issuer,
    clock,
    keys: async (id) => {
      asked += 1;
      return published.get(id);
    },
  });
const mint = (over: Partial<AccessGrant> = {}, from = issuer, with_ = key) =>
  mintAccessToken({ ...grant, ...over }, { issuer: from, key: with_, clock, lifetimeSeconds: 300 }).token;
const invalid = { reason: Reason.TOKEN_INVALID };

test("a token says whom it stands for", async () => {
  seconds = start;
  const claims = await verifier().verify(mint());
  expect(claims).toMatchObject({ ...grant, iss: issuer, iat: start, exp: start + 300 });
  expect(workspaceOf(claims.aud)).toBe(workspace);
  expect(workspaceOf(audienceOf(undefined))).toBeUndefined();
  expect(() => workspaceOf("urn:other")).toThrow(expect.objectContaining({ reason: Reason.TOKEN_AUDIENCE_WRONG }));
});

test("other programs verify it by the published keys", async () => {
  seconds = Math.floor(Date.now() / 1000);
  const { payload } = await jwtVerify(mint(), createLocalJWKSet(toJwks([key.publicKey]) as never), { issuer, typ: "at+jwt" });
  expect(payload.sub).toBe("u1");
});

test("a second look needs no key and ends when the token does", async () => {
  seconds = start;
  const { verify } = verifier();
  const token = mint();
  asked = 0;
  const first = await verify(token);
  expect(await verify(token)).toBe(first);
  expect(asked).toBe(1);
  seconds = start + 309;
  await verify(token);
  seconds = start + 310;
  await expect(verify(token)).rejects.toMatchObject({ reason: Reason.TOKEN_EXPIRED });
  await expect(verifier().verify(token)).rejects.toMatchObject({ reason: Reason.TOKEN_EXPIRED });
});

test("a token from the future, of another issuer or under another key is refused", async () => {
  seconds = start + 311;
  const future = mint();
  seconds = start;
  await expect(verifier().verify(future)).rejects.toMatchObject(invalid);
  await expect(verifier().verify(mint({}, "https://other.test"))).rejects.toMatchObject(invalid);
  await expect(verifier().verify(mint({}, issuer, newSigningKey()))).rejects.toMatchObject(invalid);
  await expect(verifier().verify(mint({}, issuer, { ...newSigningKey(), id: key.id }))).rejects.toMatchObject(invalid);
});

test("what a token says of its own algorithm decides nothing", async () => {
  seconds = start;
  const [, body = ""] = mint().split(".");
  const head = (header: object) => Buffer.from(JSON.stringify(header)).toString("base64url");
  const none = `${head({ alg: "none", typ: "at+jwt", kid: key.id })}.${body}.`;
  const signed = `${head({ alg: "HS256", typ: "at+jwt", kid: key.id })}.${body}`;
  const pem = key.publicKey.export({ type: "spki", format: "pem" });
  const confused = `${signed}.${createHmac("sha256", pem).update(signed).digest("base64url")}`;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const other = await new SignJWT({}).setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: key.id }).sign(rsa);
  for (const token of [none, confused, other]) await expect(verifier().verify(token)).rejects.toMatchObject(invalid);
});

test("a token of another type or without a claim is refused", async () => {
  seconds = start;
  const signed = (typ: string, claims: object) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", typ, kid: key.id }).sign(key.privateKey);
  const claims = { ...grant, iss: issuer, jti: "j", iat: start, exp: start + 300 };
  await verifier().verify(await signed("at+jwt", claims));
  await expect(verifier().verify(await signed("JWT", claims))).rejects.toMatchObject(invalid);
  for (const name of Object.keys(claims)) {
    const { [name as "sub"]: _, ...rest } = claims;
    await expect(verifier().verify(await signed("at+jwt", rest)), name).rejects.toMatchObject(invalid);
  }
});

test.each(["", "a", "a.b", "a.b.c", "a.b.c.d", `${"a".repeat(9000)}.b.c`, "é.b.c", "bnVsbA.bnVsbA.bnVsbA"])(
  "garbage is refused as garbage (%#)",
  async (token) => {
    await expect(verifier().verify(token)).rejects.toMatchObject(invalid);
  },
);

test("a signing key survives export and import", () => {
  expect(importSigningKey(exportSigningKey(key)).id).toBe(key.id);
});

test("published keys of other kinds, and keys under a false id, are passed over", () => {
  const [jwk] = toJwks([key.publicKey]).keys;
  expect([...fromJwks({ keys: [{ kty: "RSA", kid: "x" }, null, { ...jwk, kid: "other" }, jwk] }).keys()]).toEqual([key.id]);
});
