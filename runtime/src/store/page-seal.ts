import { deriveAll, type Keyring } from "../crypto/keys.ts";
import { sealer } from "../crypto/seal.ts";

/** Makes page tokens that only this plane can make, and that open only for the list they belong to. */
export interface PageSeal {
  /** A token for `plain`, bound to `bound`. */
  seal(plain: Uint8Array, bound: Uint8Array): string;
  /** What a token holds; undefined if it is damaged or was sealed elsewhere or for something else. */
  open(token: string, bound: Uint8Array): Uint8Array | undefined;
}

/** Page tokens sealed with AES-256-GCM, under a key that all replicas of a plane derive from its secrets. */
export function pageTokens(meshKeys: Keyring): PageSeal {
  const { seal, open } = sealer(deriveAll(meshKeys, "page-tokens"));
  return {
    seal: (plain, bound) => seal(plain, bound).toString("base64url"),
    open: (token, bound) => {
      try {
        return open(Buffer.from(token, "base64url"), bound);
      } catch {
        return undefined;
      }
    },
  };
}
