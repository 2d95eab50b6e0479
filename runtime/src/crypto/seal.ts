import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Keys } from "./keys.ts";

/** Encrypts and authenticates values with AES-256-GCM, under keys in rotation. */
export interface Sealer {
  /** Under the current key. `aad` is what the value is bound to: opening it with anything else fails. */
  seal(plain: Uint8Array, aad: Uint8Array): Buffer;
  /** Fails with KEY_UNKNOWN when the key is not configured, and with a plain Error when the value was altered or belongs elsewhere. */
  open(sealed: Uint8Array, aad: Uint8Array): Buffer;
  /** Whether a value lies under another key than the current one. */
  needsReseal(sealed: Uint8Array): boolean;
}

// Layout: format (1), length of the key id (1), key id, nonce (12), tag (16), ciphertext.
// Random nonces are safe for 2^32 values per key; each purpose has a key of its own.
const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Bytes for `aad` that no other list of parts yields: each part is preceded by its length. */
export function boundTo(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** A sealer over `keys`, the first of which seals. */
export function sealer(keys: Keys): Sealer {
  const [current] = keys;
  const byId = new Map<string, KeyObject>(keys.map(({ id, key }) => [id, key]));
  const prefix = Buffer.concat([Buffer.from([format, Buffer.byteLength(current.id)]), Buffer.from(current.id)]);
  return {
    seal(plain, aad) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", current.key, nonce, { authTagLength: tagBytes }).setAAD(aad);
      const sealed = cipher.update(plain);
      const rest = cipher.final();
      return Buffer.concat([prefix, nonce, cipher.getAuthTag(), sealed, rest]);
    },

    open(sealed, aad) {
      const { keyId, body } = parse(sealed);
      const key = byId.get(keyId);
      if (!key) {
        throw new SignalboxError(Reason.KEY_UNKNOWN, `the value is sealed under key "${keyId}", which is not configured`, {
          metadata: { key: keyId },
        });
      }
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, nonceBytes), { authTagLength: tagBytes })
          .setAAD(aad)
          .setAuthTag(body.subarray(nonceBytes, nonceBytes + tagBytes));
        const plain = decipher.update(body.subarray(nonceBytes + tagBytes));
        return Buffer.concat([plain, decipher.final()]);
      } catch (cause) {
        throw new Error("the sealed value was altered or belongs elsewhere", { cause });
      }
    },

    needsReseal: (sealed) => parse(sealed).keyId !== current.id,
  };
}

/** The id of the key that a value lies under. */
export function keyIdOf(sealed: Uint8Array): string {
  return parse(sealed).keyId;
}

function parse(sealed: Uint8Array): { readonly keyId: string; readonly body: Buffer } {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const idEnd = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== format || bytes.length < idEnd + nonceBytes + tagBytes) throw new Error("this is not a sealed value");
  return { keyId: bytes.toString("utf8", 2, idEnd), body: bytes.subarray(idEnd) };
}
