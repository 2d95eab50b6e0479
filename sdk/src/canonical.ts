import { createHash, randomBytes } from "node:crypto";
import { misuse } from "./errors.ts";

/** The deepest a document may nest, which also ends one that contains itself. */
const maxDepth = 200;

/** The JSON of a value with sorted keys and no white space: equal values have equal texts. Fails with MISUSE where JSON would lose something. */
export function canonicalJson(value: unknown): string {
  assertJson(value, "the value");
  return JSON.stringify(sorted(value));
}

/**
 * Fails with MISUSE, naming the place, unless a value comes back from JSON
 * as it went: plain objects, arrays, texts, finite numbers, booleans and null.
 * A property that is undefined counts as absent.
 */
export function assertJson(value: unknown, place: string, depth = 0): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw misuse(`${place} is ${value}, which JSON cannot hold`);
    return;
  }
  if (depth > maxDepth) throw misuse(`${place} nests deeper than ${maxDepth}, or contains itself`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) assertJson(value[index], `${place}[${index}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) throw misuse(`${place} is ${nameOf(value)}, which JSON cannot hold`);
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) assertJson(member, `${place}.${key}`, depth + 1);
  }
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** What a value is called in a message: "a Map", "undefined". */
export function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `a ${(value.constructor as { name?: string } | undefined)?.name || "object"}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value).sort();
  // Entries rather than assignment: a key may be "__proto__".
  return Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, sorted(value[key])]));
}

/** The SHA-256 of some bytes or text, as "sha256:" and 64 hexadecimal digits. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** A new UUIDv7, which sorts by time of creation. */
export function newUuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
