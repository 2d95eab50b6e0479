import { deriveAll, newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { newId } from "@signalbox/runtime/ids.ts";
import { expect, test } from "vitest";
import { refreshTokens } from "./refresh-token.ts";

const entry = newKeyringEntry("first");
const tokens = (keyring: string) => refreshTokens(deriveAll(parseKeyring(keyring), "refresh-tokens"));
const session = { id: newId(), seed: Buffer.alloc(32, 1), generation: 7 };

test("a token tells its session and its generation", () => {
  const { of, parse, generationOf } = tokens(entry);
  const parsed = parse(of(session));
  expect(parsed?.session).toEqual(session.id);
  expect(parsed && generationOf(parsed, { ...session, generation: 9 })).toBe(7);
  expect(of(session)).toBe(of({ ...session }));
});

test("a token is of its own session, seed and key only", () => {
  const { of, parse, generationOf } = tokens(entry);
  const parsed = parse(of(session));
  if (!parsed) throw new Error("not parsed");
  expect(generationOf(parsed, { ...session, id: newId() })).toBeUndefined();
  expect(generationOf(parsed, { ...session, seed: Buffer.alloc(32, 2) })).toBeUndefined();
  expect(tokens(newKeyringEntry("other")).generationOf(parsed, session)).toBeUndefined();
  expect(tokens(`${newKeyringEntry("next")},${entry}`).generationOf(parsed, session)).toBe(7);
});

test.each(["", "sbr_", "sbk_0", "x".repeat(75)])("%j is no refresh token", (text) => {
  expect(tokens(entry).parse(text)).toBeUndefined();
});
