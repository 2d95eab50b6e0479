import { LRUCache } from "lru-cache";
import { leeway } from "./jwt.ts";

/** Claims of tokens whose signature was found good, so that the next look costs a look-up in a map. */
export interface Verified<C> {
  /** The claims of a token seen before, while it has not expired: verifying it anew then tells that it has. */
  recall(token: string, now: number): C | undefined;
  keep(token: string, claims: C): void;
}

/**
 * Remembers up to `max` tokens, each by itself: a hash of it would cost more
 * than all else that is done to authenticate a call, and a process that is
 * called with a token holds it anyway.
 */
export function verifiedTokens<C extends { readonly exp: number }>(max: number, lateBy = leeway): Verified<C> {
  const known = new LRUCache<string, C>({ max });
  return {
    recall(token, now) {
      const claims = known.get(token);
      if (!claims || claims.exp + lateBy > now) return claims;
      known.delete(token);
      return undefined;
    },
    keep: (token, claims) => void known.set(token, claims),
  };
}
