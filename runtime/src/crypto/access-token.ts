import { type KeyObject, randomUUID, sign, verify } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock } from "../clock.ts";
import { SignalboxError } from "../errors.ts";
import { checkTimes, decodeJwt, encodeJwt, type JwtKind, secondsOf, textClaims, tokenInvalid } from "./jwt.ts";
import type { SigningKey } from "./signing-key.ts";
import { verifiedTokens } from "./verified.ts";

/** Whom an access token stands for and where it counts. */
export interface AccessGrant {
  /** The principal's id. */
  readonly sub: string;
  readonly principal_kind: "user" | "service_account";
  /** The session or key that the token was got with: revoking that revokes this. */
  readonly sid: string;
  /** The program that asked, such as "cli". */
  readonly client_id: string;
  /** {@link audienceOf} the workspace or the control plane. */
  readonly aud: string;
  /** Whether the principal has to choose another password before anything else. */
  readonly password_change?: boolean;
}

/** The claims of an access token (RFC 9068). Times are seconds since 1970. */
export interface AccessClaims extends AccessGrant {
  readonly iss: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

export interface AccessTokenIssuer {
  readonly issuer: string;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly lifetimeSeconds: number;
}

export interface AccessTokenVerification {
  readonly issuer: string;
  /** Identity's public key of this id, if it has or had such a key. */
  readonly keys: (keyId: string) => Promise<KeyObject | undefined>;
  readonly clock: Clock;
}

export interface AccessTokenVerifier {
  /** The claims of a good token, at once where it was seen before. Fails with TOKEN_INVALID or TOKEN_EXPIRED. Whether it was revoked is not known here. */
  verify(token: string): AccessClaims | Promise<AccessClaims>;
}

const kind: JwtKind = { algorithm: "ES256", type: "at+jwt" };
const controlAudience = "urn:signalbox:control";
const workspacePrefix = "urn:signalbox:workspace:";

/** The audience of tokens for a workspace, or for the control plane without one. */
export const audienceOf = (workspace: string | undefined): string => (workspace ? workspacePrefix + workspace : controlAudience);

/** The workspace that an audience names, undefined for the control plane. Fails with TOKEN_AUDIENCE_WRONG for any other audience. */
export function workspaceOf(aud: string): string | undefined {
  if (aud === controlAudience) return undefined;
  if (aud.startsWith(workspacePrefix)) return aud.slice(workspacePrefix.length);
  throw new SignalboxError(Reason.TOKEN_AUDIENCE_WRONG, "the token is for another system");
}

/** Signs an access token (RFC 9068, ES256). */
export function mintAccessToken(
  { sub, principal_kind, sid, client_id, aud, password_change = false }: AccessGrant,
  { issuer, key, clock, lifetimeSeconds }: AccessTokenIssuer,
): { readonly token: string; readonly claims: AccessClaims } {
  const iat = secondsOf(clock);
  const times = { exp: iat + lifetimeSeconds, iat };
  const claims = {
    iss: issuer,
    sub,
    aud,
    ...times,
    jti: randomUUID(),
    client_id,
    principal_kind,
    sid,
    ...(password_change && { password_change }),
  };
  const signer = { key: key.privateKey, dsaEncoding: "ieee-p1363" } as const;
  return { token: encodeJwt(kind, key.id, claims, (signed) => sign("sha256", signed, signer)), claims };
}

/** Verifies access tokens of one issuer, and remembers the latest 10,000 until they expire. */
export function accessTokenVerifier({ issuer, keys, clock }: AccessTokenVerification): AccessTokenVerifier {
  const verified = verifiedTokens<AccessClaims>(10_000);

  async function check(token: string, now: number): Promise<AccessClaims> {
    const { keyId, claims, signed, signature } = decodeJwt(token, kind);
    const key = await keys(keyId);
    if (!key) throw tokenInvalid("its key is unknown");
    if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)) throw tokenInvalid("its signature is wrong");
    const checked = readClaims(claims, now);
    if (checked.iss !== issuer) throw tokenInvalid("it is of another issuer");
    verified.keep(token, checked);
    return checked;
  }

  return {
    verify(token) {
      const now = secondsOf(clock);
      return verified.recall(token, now) ?? check(token, now);
    },
  };
}

function readClaims(claims: Readonly<Record<string, unknown>>, now: number): AccessClaims {
  const { principal_kind, ...texts } = textClaims(claims, "iss", "sub", "aud", "jti", "client_id", "principal_kind", "sid");
  if (principal_kind !== "user" && principal_kind !== "service_account") throw tokenInvalid("its principal_kind is unknown");
  return { ...texts, principal_kind, password_change: claims.password_change === true, ...checkTimes(claims, now) };
}
