import { createHmac } from "node:crypto";
import { deriveAll, type Keyring } from "../crypto/keys.ts";
import { boundTo, sealer } from "../crypto/seal.ts";
import type { Cache } from "./cache.ts";

/**
 * A cache for secrets: whoever reads the store behind it sees neither values
 * nor what they are of. A value that cannot be opened, because its key is gone
 * or because it was altered or moved to another name, is as good as none.
 */
export function sealedCache(cache: Cache, keyring: Keyring): Cache {
  const { seal, open } = sealer(deriveAll(keyring, "cache-value"));
  const nameKeys = deriveAll(keyring, "cache-name");
  const [current] = nameKeys;
  const hashed = (name: string, { key } = current) => createHmac("sha256", key).update(name).digest("base64url");
  return {
    async get(key) {
      const sealed = await cache.get(hashed(key));
      if (!sealed) return undefined;
      try {
        return open(sealed, boundTo(key));
      } catch {
        await cache.delete(hashed(key));
        return undefined;
      }
    },
    set: (key, value, ttlMs) => cache.set(hashed(key), seal(value, boundTo(key)), ttlMs),
    // During a rotation other replicas still use the former name.
    async delete(key) {
      await Promise.all(nameKeys.map((nameKey) => cache.delete(hashed(key, nameKey))));
    },
    once: (key, ttlMs) => cache.once(hashed(key), ttlMs),
  };
}
