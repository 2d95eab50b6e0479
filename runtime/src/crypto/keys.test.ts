import { expect, test } from "vitest";
import { deriveAll, deriveKey, newKeyringEntry, parseKeyring } from "./keys.ts";

const a = "A".repeat(43);
const b = `${"B".repeat(42)}A`;

test("a keyring lists its secrets, current first", () => {
  expect(parseKeyring(`new:${a}, old:${b}`).secrets.map(({ id }) => id)).toEqual(["new", "old"]);
});

test("a new entry can be read back", () => {
  expect(parseKeyring(newKeyringEntry("k1")).secrets[0].id).toBe("k1");
});

test.each([
  ["", "entry 1"],
  [a, "entry 1"],
  [`k1:${a},k1:${b}`, 'repeats the id "k1"'],
  [`k1:${a},k2:short`, '"k2"'],
  [`k1:${"A".repeat(42)}B`, "32 bytes"],
  [`k1:${"+".repeat(43)}`, "32 bytes"],
])("%j is refused, and the text says where", (text, expected) => {
  expect(() => parseKeyring(text)).toThrow(expected);
});

test("a refusal never repeats the secret", () => {
  expect(() => parseKeyring("k1:hunter2")).toThrow(expect.not.objectContaining({ message: expect.stringContaining("hunter2") }));
});

test("keys differ by purpose and by secret, and stay the same from start to start", () => {
  const { secrets } = parseKeyring(`one:${a},two:${b}`);
  expect(deriveKey(secrets[0].secret, "cache").toString("hex")).toBe(deriveKey(Buffer.alloc(32), "cache").toString("hex"));
  expect(deriveKey(Buffer.alloc(32), "cache").toString("hex")).toMatchInlineSnapshot(
    `"7a6b74c71645b8aad6cbe1ecb1170cde2e6d2c9f45130e34cfab2c06c7c246e7"`,
  );
  const all = [...deriveAll({ secrets }, "x"), ...deriveAll({ secrets }, "y")].map(({ key }) => key.export().toString("hex"));
  expect(new Set(all).size).toBe(4);
});
