import { createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newId } from "../ids.ts";
import { hashKey, keyMatches, mintKey, parseKey } from "./api-key.ts";
import { fromBase62, toBase62 } from "./base62.ts";

test.each([
  ["service_account", "sbk_"],
  ["personal", "sbp_"],
  ["refresh", "sbr_"],
] as const)("a %s key starts with %s and can be taken apart", (kind, prefix) => {
  const id = newId();
  const { text, secret } = mintKey(kind, id);
  expect(text).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{71}$`));
  expect(parseKey(text)).toEqual({ kind, id, secret });
});

test("a mistyped key is refused without a look-up", () => {
  const { text } = mintKey("personal", newId());
  for (let index = 0; index < text.length; index += 1) {
    const other = text[index] === "x" ? "y" : "x";
    expect(parseKey(text.slice(0, index) + other + text.slice(index + 1)), `character ${index}`).toBeUndefined();
  }
  expect(parseKey(text.slice(0, -1))).toBeUndefined();
  expect(parseKey(`${text} `)).toBeUndefined();
  expect(parseKey("")).toBeUndefined();
});

test("a key matches its hash under any pepper in rotation", () => {
  const [old, fresh, gone] = [1, 2, 3].map(() => ({ key: createSecretKey(randomBytes(32)) })) as [
    { key: ReturnType<typeof createSecretKey> },
    { key: ReturnType<typeof createSecretKey> },
    { key: ReturnType<typeof createSecretKey> },
  ];
  const { secret } = mintKey("personal", newId());
  const stored = hashKey(secret, old.key);
  expect(keyMatches(secret, stored, [fresh, old])).toBe(true);
  expect(keyMatches(secret, stored, [fresh, gone])).toBe(false);
  expect(keyMatches(randomBytes(32), stored, [old])).toBe(false);
  expect(keyMatches(secret, stored.subarray(1), [old])).toBe(false);
});

test("base 62 keeps every value, and every text stands for one value or none", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (b) => fromBase62(toBase62(b), b.length)?.equals(b) === true));
  expect(fromBase62("zzzzzz", 4)).toBeUndefined();
  expect(fromBase62("00000-", 4)).toBeUndefined();
});
