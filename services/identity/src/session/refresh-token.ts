import { createHmac, timingSafeEqual } from "node:crypto";
import { parseKey, textOf } from "@signalbox/runtime/crypto/api-key.ts";
import type { Key, Keys } from "@signalbox/runtime/crypto/keys.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { SessionRow } from "../tables.ts";

/** What a session's tokens are made of. */
type Source = Pick<SessionRow, "id" | "seed" | "generation">;

/** A refresh token taken apart. Nothing in it is believed yet. */
export interface ParsedRefreshToken {
  readonly session: Id;
  readonly secret: Buffer;
}

/**
 * Refresh tokens, derived rather than drawn: the secret of a generation is its
 * number and an HMAC over it. So a repeat of a lost answer gets the very token
 * that was lost, and a token that was used up long ago is told from one that
 * was never made, with nothing about either stored.
 */
export interface RefreshTokens {
  /** The token of a session's present generation. */
  of(session: Source): string;
  /** Undefined for what is no refresh token. */
  parse(token: string): ParsedRefreshToken | undefined;
  /** Which generation a token is of; undefined if the session never had it. */
  generationOf(token: ParsedRefreshToken, session: Source): number | undefined;
}

const numberBytes = 4;
const proofBytes = 28;

export function refreshTokens(keys: Keys): RefreshTokens {
  return {
    of: (session) => textOf({ kind: "refresh", id: session.id, secret: secretOf(keys[0], session, session.generation) }),

    parse(token) {
      const parsed = parseKey(token);
      return parsed?.kind === "refresh" ? { session: parsed.id, secret: parsed.secret } : undefined;
    },

    generationOf({ secret }, session) {
      const generation = secret.readUInt32BE(0);
      return keys.some((key) => timingSafeEqual(secretOf(key, session, generation), secret)) ? generation : undefined;
    },
  };
}

function secretOf({ key }: Key, { id, seed }: Source, generation: number): Buffer {
  const number = Buffer.alloc(numberBytes);
  number.writeUInt32BE(generation);
  const proof = createHmac("sha256", key).update(id).update(seed).update(number).digest();
  return Buffer.concat([number, proof.subarray(0, proofBytes)]);
}
