import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Id } from "../ids.ts";
import { base62Length, fromBase62, toBase62 } from "./base62.ts";

// A prefix per kind, so that people and secret scanners know what they found.
const prefixes = {
  /** An API key of a service account. */
  service_account: "sbk_",
  /** A personal access token. */
  personal: "sbp_",
  /** The refresh token of a session. */
  refresh: "sbr_",
} as const;

/** What an opaque key stands for. */
export type KeyKind = keyof typeof prefixes;

/** A key taken apart. Only a hash of the secret is ever stored. */
export interface ParsedKey {
  readonly kind: KeyKind;
  /** The row to look up: an API key's id, or for "refresh" the session's. */
  readonly id: Id;
  /** 32 random bytes. */
  readonly secret: Buffer;
}

/** A new key. `text` is shown once. */
export interface MintedKey extends ParsedKey {
  readonly text: string;
}

const idBytes = 16;
const secretBytes = 32;
const kinds = new Map<string, KeyKind>(Object.entries(prefixes).map(([kind, prefix]) => [prefix, kind as KeyKind]));
const prefixLength = 4;
const bodyLength = base62Length(idBytes + secretBytes);
const checksumLength = base62Length(4);

/** A new key for the row `id`. */
export function mintKey(kind: KeyKind, id: Id): MintedKey {
  const secret = randomBytes(secretBytes);
  return { kind, id, secret, text: textOf({ kind, id, secret }) };
}

/** The text of a key: prefix, id and secret in base 62, and a checksum; 75 characters, a word for a double click. */
export function textOf({ kind, id, secret }: ParsedKey): string {
  const unchecked = prefixes[kind] + toBase62(Buffer.concat([id, secret]));
  return unchecked + checksum(unchecked);
}

/** The parts of a key, or undefined for what is no key or was mistyped: the checksum tells without a look-up. */
export function parseKey(text: string): ParsedKey | undefined {
  const kind = kinds.get(text.slice(0, prefixLength));
  const end = prefixLength + bodyLength;
  if (!kind || text.length !== end + checksumLength) return undefined;
  const unchecked = text.slice(0, end);
  const body = fromBase62(text.slice(prefixLength, end), idBytes + secretBytes);
  if (!body || text.slice(end) !== checksum(unchecked)) return undefined;
  return { kind, id: body.subarray(0, idBytes), secret: body.subarray(idBytes) };
}

/** What is stored of a key: HMAC-SHA256 under a pepper that the database does not hold. The secret is random, so nothing slower is needed. */
export function hashKey(secret: Uint8Array, pepper: KeyObject | Uint8Array): Buffer {
  return createHmac("sha256", pepper).update(secret).digest();
}

/** Whether a secret is the one whose hash was stored under one of the peppers, in constant time. */
export function keyMatches(secret: Uint8Array, stored: Uint8Array, peppers: readonly { readonly key: KeyObject }[]): boolean {
  let matches = false;
  for (const { key } of peppers) {
    const hash = hashKey(secret, key);
    if (hash.length === stored.length && timingSafeEqual(hash, stored)) matches = true;
  }
  return matches;
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return toBase62(bytes);
}
