import { createSecretKey, randomBytes } from "node:crypto";
import type { Keys } from "./keys.ts";
import { type Sealer, sealer } from "./seal.ts";

/**
 * Wraps data keys under a key-encryption key that lives here or in a key
 * management service: asynchronous, because the latter is a network call.
 */
export interface KeyEncryption {
  /** `aad` binds the data key to its owner, such as a workspace. */
  wrapKey(dataKey: Uint8Array, aad: Uint8Array): Promise<Buffer>;
  /** Fails with KEY_UNKNOWN when the key-encryption key is not configured. */
  unwrapKey(wrapped: Uint8Array, aad: Uint8Array): Promise<Buffer>;
  /** Whether a data key lies under another key-encryption key than the current one. */
  needsRewrap(wrapped: Uint8Array): boolean;
}

/** Key encryption with keys from the configuration. */
export function localKeyEncryption(keys: Keys): KeyEncryption {
  const { seal, open, needsReseal } = sealer(keys);
  return {
    wrapKey: async (dataKey, aad) => seal(dataKey, aad),
    unwrapKey: async (wrapped, aad) => open(wrapped, aad),
    needsRewrap: needsReseal,
  };
}

/** A new 32-byte data key. Kept only wrapped. */
export const newDataKey = (): Buffer => randomBytes(32);

/** An unwrapped data key, and the id by which sealed values name it. */
export interface DataKey {
  readonly id: string;
  readonly dataKey: Uint8Array;
}

/** Seals values under data keys, the first of which is current. */
export function dataKeySealer([first, ...others]: readonly [DataKey, ...DataKey[]]): Sealer {
  const keyOf = ({ id, dataKey }: DataKey) => ({ id, key: createSecretKey(dataKey) });
  return sealer([keyOf(first), ...others.map(keyOf)]);
}
