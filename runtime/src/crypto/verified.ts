import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { leeway, tokenExpired } from "./jwt.ts";

/** Claims of tokens whose signature was found good, so that the next look costs a hash and a map look-up. */
export interface Verified<C> {
  /** The claims of a token seen before. Fails with TOKEN_EXPIRED once it is. */
  recall(token: string, now: number): C | undefined;
  keep(token: string, claims: C): void;
}

/** Remembers up to `max` tokens. They are known by their SHA-256: the memory of a process holds no usable token. */
export function verifiedTokens<C extends { readonly exp: number }>(max: number, lateBy = leeway): Verified<C> {
  const known = new LRUCache<string, C>({ max });
  const nameOf = (token: string) => hash("sha256", token, "base64url");
  return {
    recall(token, now) {
      const name = nameOf(token);
      const claims = known.get(name);
      if (!claims || claims.exp + lateBy > now) return claims;
      known.delete(name);
      throw tokenExpired();
    },
    keep: (token, claims) => void known.set(nameOf(token), claims),
  };
}
