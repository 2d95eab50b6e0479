import { argon2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { hashPassword, needsRehash, verifyPassword } from "./password.ts";

test("a password matches its hash and nothing else does", async () => {
  const hash = await hashPassword("correct horse");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword("correct horse", hash)).toBe(true);
  expect(await verifyPassword("Correct horse", hash)).toBe(false);
  expect(needsRehash(hash)).toBe(false);
});

test("a password matches whichever way its accents were typed", async () => {
  expect(await verifyPassword("caf\u0065\u0301", await hashPassword("caf\u00e9"))).toBe(true);
});

test("a hash made elsewhere at another cost is verified at that cost and marked for renewal", async () => {
  const salt = Buffer.from("saltsalt");
  const tag = argon2Sync("argon2id", { message: "x", nonce: salt, memory: 64, passes: 3, parallelism: 2, tagLength: 16 });
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  const hash = `$argon2id$v=19$m=64,t=3,p=2$${text(salt)}$${text(tag)}`;
  expect(await verifyPassword("x", hash)).toBe(true);
  expect(needsRehash(hash)).toBe(true);
});

test.each([
  "plain",
  "$2b$10$abc",
  "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=64,t=200,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
])("%s matches no password", async (hash) => {
  expect(await verifyPassword("x", hash)).toBe(false);
  expect(needsRehash(hash)).toBe(true);
});

test("an unknown user costs what a known one does", async () => {
  const hash = await hashPassword("x");
  const time = async (stored: string | undefined) => {
    const start = performance.now();
    for (let round = 0; round < 5; round += 1) await verifyPassword("y", stored);
    return performance.now() - start;
  };
  await time(hash);
  const ratio = (await time(undefined)) / (await time(hash));
  expect(ratio).toBeGreaterThan(0.4);
  expect(ratio).toBeLessThan(2.5);
});

test("hashing leaves the event loop free", async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 2);
  await Promise.all(Array.from({ length: 6 }, () => hashPassword("x")));
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
});
