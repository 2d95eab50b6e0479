import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";

/** A 32-byte secret from the configuration, and the id that what it protects names it by. */
export interface Secret {
  readonly id: string;
  readonly secret: KeyObject;
}

/** Secrets in rotation: the first protects what is new, all of them open what is old. */
export interface Keyring {
  readonly secrets: readonly [Secret, ...Secret[]];
}

/** A derived key. A KeyObject rather than bytes: faster in node:crypto, and it cannot be printed by accident. */
export interface Key {
  readonly id: string;
  readonly key: KeyObject;
}

/** Keys in rotation, current first. */
export type Keys = readonly [Key, ...Key[]];

const secretBytes = 32;
const idPattern = /^[A-Za-z0-9_.-]{1,32}$/;
const salt = Buffer.from("signalbox key derivation 1");

/**
 * Reads "id:secret[,id:secret]", each secret 32 bytes in base64url, the
 * current one first. Fails with a text that names the entry, and the keyring by
 * `name`, and never the secret.
 */
export function parseKeyring(text: string, name = "the keyring"): Keyring {
  const ids = new Set<string>();
  const [first, ...others] = text.split(",").map((entry, index): Secret => {
    const where = `entry ${index + 1} of ${name}`;
    const colon = entry.indexOf(":");
    const id = entry.slice(0, Math.max(colon, 0)).trim();
    if (!idPattern.test(id)) throw new Error(`${where} must be "id:secret" with an id of 1 to 32 letters, digits, "_", "." or "-"`);
    if (ids.has(id)) throw new Error(`${where} repeats the id "${id}"`);
    ids.add(id);
    const encoded = entry.slice(colon + 1).trim();
    const bytes = Buffer.from(encoded, "base64url");
    if (bytes.length !== secretBytes || bytes.toString("base64url") !== encoded.replace(/=$/, "")) {
      throw new Error(`${where} ("${id}") must hold ${secretBytes} bytes in base64url (43 characters)`);
    }
    return { id, secret: createSecretKey(bytes) };
  });
  if (!first) throw new Error(`${name} is empty`);
  return { secrets: [first, ...others] };
}

/** A new entry for a keyring, as {@link parseKeyring} reads it. */
export function newKeyringEntry(id: string): string {
  return `${id}:${randomBytes(secretBytes).toString("base64url")}`;
}

/** 32 bytes for one purpose only (HKDF-SHA256): a leak or misuse of one derived key tells nothing about another. */
export function deriveKey(secret: KeyObject | Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, `signalbox/${purpose}`, 32));
}

/** One key per secret of the ring, current first. */
export function deriveAll({ secrets: [first, ...others] }: Keyring, purpose: string): Keys {
  const derive = ({ id, secret }: Secret): Key => ({ id, key: createSecretKey(deriveKey(secret, purpose)) });
  return [derive(first), ...others.map(derive)];
}
