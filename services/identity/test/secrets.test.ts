import { parseKey } from "@signalbox/runtime/crypto/api-key.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { bearer, identityUnderTest, password, signedIn } from "./fixtures.ts";

describe.each(dialects)("the tables on %s", (dialect) => {
  test("hold no password, key or token that could be used, in any row", async () => {
    const fresh = await freshDatabase(dialect);
    const it = await identityUnderTest(fresh.url);
    const admin = await signedIn(it, it.world.admin);
    const secrets = [password, "a password to a name that nobody has"];
    await it.auth.signIn({ userName: "nobody", password: "a password to a name that nobody has" }).catch(() => {});
    await it.users.createUser({ organization: "acme", userName: "new", password: "the first password" }, admin);
    const { tokens } = await it.auth.signIn({ userName: "new", password: "the first password" });
    await it.feed();
    const passwords = { password: "the first password", newPassword: "the second password" };
    await it.auth.changePassword(passwords, bearer(tokens?.accessToken ?? ""));
    const renewed = (await it.auth.refreshSession({ refreshToken: tokens?.refreshToken ?? "" })).tokens;
    const as = bearer(renewed?.accessToken ?? "");
    const expireTime = toTimestamp(it.clock() + 1e12);
    const { apiKey, key } = await it.keys.createApiKey({ name: "key", expireTime }, as);
    const { key: next } = await it.keys.rotateApiKey({ apiKey: apiKey?.id ?? "", overlap: { seconds: 60n } }, as);
    secrets.push("the first password", "the second password", key, next);
    for (const each of [tokens, renewed]) secrets.push(each?.accessToken ?? "", each?.refreshToken ?? "");

    const bytes = [key, next, tokens?.refreshToken, renewed?.refreshToken].map((text) => parseKey(text ?? "")?.secret ?? Buffer.alloc(0));
    expect(bytes.every(({ length }) => length === 32)).toBe(true);
    const tables = ["user", "password", "sign_in_failure", "service_account", "api_key", "session", "signing_key", "outbox"];
    const dump: Buffer[] = [];
    for (const table of tables) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(`identity_${table}`)}`.execute(it.database.db);
      for (const value of rows.flatMap((row) => Object.values(row))) dump.push(Buffer.isBuffer(value) ? value : Buffer.from(String(value)));
    }
    const all = Buffer.concat(dump);
    expect(all.length).toBeGreaterThan(1000);
    for (const secret of secrets) expect(all.includes(secret)).toBe(false);
    for (const secret of bytes) expect(all.includes(secret) || all.includes(secret.toString("hex"))).toBe(false);
    // The private half of a signing key, in PKCS #8, begins with these.
    expect(all.includes(Buffer.from("308187020100301306072a8648ce3d0201", "hex"))).toBe(false);
    await it.close();
    await fresh.drop();
  });
});
