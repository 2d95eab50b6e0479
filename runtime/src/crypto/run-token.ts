import type { Clock } from "../clock.ts";
import { checkTimes, decodeJwt, encodeJwt, hmacSign, hmacVerify, type JwtKind, secondsOf, textClaims, tokenInvalid } from "./jwt.ts";
import { deriveAll, type Keyring } from "./keys.ts";
import { verifiedTokens } from "./verified.ts";

/** The run that a token reports for. All are UUIDs. */
export interface RunGrant {
  readonly workspace: string;
  readonly project: string;
  readonly run: string;
  /** The principal that the run belongs to. */
  readonly sub: string;
  /** How often the run was taken up when the token was issued, from 1. */
  readonly generation: number;
}

/** Times are seconds since 1970. */
export interface RunClaims extends RunGrant {
  readonly iat: number;
  readonly exp: number;
}

/** Tokens by which an orchestrator or a step reports its own run, and nothing else. */
export interface RunTokens {
  mint(grant: RunGrant, lifetimeSeconds: number): { readonly token: string; readonly claims: RunClaims };
  /** Fails with TOKEN_INVALID or TOKEN_EXPIRED. Whether the run has ended is not known here. */
  verify(token: string): RunClaims;
}

const prefix = "sbt_";
const kind: JwtKind = { algorithm: "HS256", type: "run+jwt" };

/** Whether a credential claims to be a run token. */
export const isRunToken = (token: string): boolean => token.startsWith(prefix);

/** Run tokens under keys derived from the mesh secret: only this plane's services verify them. */
export function runTokens(keyring: Keyring, clock: Clock): RunTokens {
  const keys = deriveAll(keyring, "run-token");
  const [current] = keys;
  const verified = verifiedTokens<RunClaims>(10_000);
  return {
    mint({ workspace, project, run, sub, generation }, lifetimeSeconds) {
      const iat = secondsOf(clock);
      const claims = { workspace, project, run, sub, generation, iat, exp: iat + lifetimeSeconds };
      return { token: prefix + encodeJwt(kind, current.id, claims, (signed) => hmacSign(current.key, signed)), claims };
    },

    verify(token) {
      const now = secondsOf(clock);
      const known = verified.recall(token, now);
      if (known) return known;
      if (!isRunToken(token)) throw tokenInvalid("it is not a run token");
      const { keyId, claims, signed, signature } = decodeJwt(token.slice(prefix.length), kind);
      const key = keys.find(({ id }) => id === keyId);
      if (!key) throw tokenInvalid("its key is unknown");
      if (!hmacVerify(key.key, signed, signature)) throw tokenInvalid("its signature is wrong");
      // Tokens last for weeks: those of before runs could be resumed are of the first.
      const { generation = 1 } = claims;
      if (typeof generation !== "number") throw tokenInvalid("its generation is no number");
      const checked = { ...textClaims(claims, "workspace", "project", "run", "sub"), generation, ...checkTimes(claims, now) };
      verified.keep(token, checked);
      return checked;
    },
  };
}
