import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dataKeySealer, localKeyEncryption, newDataKey } from "./envelope.ts";
import { deriveAll, newKeyringEntry, parseKeyring } from "./keys.ts";
import { boundTo, keyIdOf, sealer } from "./seal.ts";

const [oldEntry, newEntry] = [newKeyringEntry("old"), newKeyringEntry("new")];
const before = sealer(deriveAll(parseKeyring(oldEntry), "test"));
const during = sealer(deriveAll(parseKeyring(`${newEntry},${oldEntry}`), "test"));
const after = sealer(deriveAll(parseKeyring(newEntry), "test"));
const aad = boundTo("workspace", "secret");

test("what is sealed opens to the same bytes", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (plain, bound) => before.open(before.seal(plain, bound), bound).equals(plain)));
});

test("the same value never looks the same twice", () => {
  expect(before.seal(Buffer.from("x"), aad)).not.toEqual(before.seal(Buffer.from("x"), aad));
});

test("any altered byte is noticed", () => {
  const sealed = before.seal(Buffer.from("attack at dawn"), aad);
  for (let index = 0; index < sealed.length; index += 1) {
    const altered = Buffer.from(sealed);
    altered[index] = (altered[index] ?? 0) ^ 1;
    expect(() => before.open(altered, aad), `byte ${index}`).toThrow();
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => before.open(sealed.subarray(0, length), aad), `${length} bytes`).toThrow();
  }
});

test("a value moved elsewhere does not open", () => {
  const sealed = before.seal(Buffer.from("x"), boundTo("ab", "c"));
  expect(() => before.open(sealed, boundTo("a", "bc"))).toThrow("altered or belongs elsewhere");
});

test("a rotation opens the old, seals with the new, and says what is left", () => {
  const old = before.seal(Buffer.from("x"), aad);
  expect(during.open(old, aad).toString()).toBe("x");
  expect(during.needsReseal(old)).toBe(true);
  const fresh = during.seal(during.open(old, aad), aad);
  expect(keyIdOf(fresh)).toBe("new");
  expect(during.needsReseal(fresh)).toBe(false);
  expect(after.open(fresh, aad).toString()).toBe("x");
});

test("a value under a key that is gone names the key", () => {
  expect(() => after.open(before.seal(Buffer.from("x"), aad), aad)).toThrow(
    expect.objectContaining({ reason: Reason.KEY_UNKNOWN, metadata: { key: "old" } }),
  );
});

test("a data key is bound to its workspace and can be wrapped anew without touching the values", async () => {
  const dataKey = newDataKey();
  const values = dataKeySealer([{ id: "d1", dataKey }]);
  const sealed = values.seal(Buffer.from("hunter2"), aad);
  const first = localKeyEncryption(deriveAll(parseKeyring(oldEntry), "envelope"));
  const second = localKeyEncryption(deriveAll(parseKeyring(`${newEntry},${oldEntry}`), "envelope"));
  const wrapped = await first.wrapKey(dataKey, boundTo("w1"));
  await expect(first.unwrapKey(wrapped, boundTo("w2"))).rejects.toThrow("altered");
  expect(second.needsRewrap(wrapped)).toBe(true);
  const rewrapped = await second.wrapKey(await second.unwrapKey(wrapped, boundTo("w1")), boundTo("w1"));
  expect(second.needsRewrap(rewrapped)).toBe(false);
  const reopened = dataKeySealer([{ id: "d1", dataKey: await second.unwrapKey(rewrapped, boundTo("w1")) }]);
  expect(reopened.open(sealed, aad).toString()).toBe("hunter2");
});
