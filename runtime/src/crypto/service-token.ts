import { createSecretKey, type KeyObject } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { SignalboxError } from "../errors.ts";
import { apart, checkTimes, decodeJwt, encodeJwt, hmacSign, hmacVerify, type JwtKind, secondsOf, textClaims, tokenInvalid } from "./jwt.ts";
import { deriveKey, type Keyring } from "./keys.ts";
import { verifiedTokens } from "./verified.ts";

/** Proof, from one service of the mesh to another, of which service is calling. */
export interface ServiceTokens {
  /** A token by which `callee` knows `caller`: good for at least 20 seconds, made anew only when needed. */
  mint(caller: string, callee: string): string;
  /** The caller's name. Fails with TOKEN_INVALID, TOKEN_EXPIRED, or TOKEN_AUDIENCE_WRONG when it is for another service. */
  verify(token: string, callee: string): string;
}

interface ServiceClaims {
  readonly iss: string;
  readonly aud: string;
  readonly exp: number;
}

const kind: JwtKind = { algorithm: "HS256", type: "service+jwt" };
const lifetimeSeconds = 60;
const renewSeconds = 20;
const serviceName = /^[a-z][a-z0-9-]{0,31}$/;

/** Service tokens under keys derived from the mesh secret, one for each pair of services. Two secrets are accepted during rotation. */
export function serviceTokens(keyring: Keyring, clock: Clock): ServiceTokens {
  const secrets = new Map(keyring.secrets.map(({ id, secret }) => [id, secret]));
  const [current] = keyring.secrets;
  // Bounded, because a token's issuer is anybody's text until the signature is checked.
  const keys = new LRUCache<string, KeyObject>({ max: 256 });
  const minted = new Map<string, { readonly token: string; readonly exp: number }>();
  const verified = verifiedTokens<ServiceClaims>(1_000, apart);

  function keyFor(secretId: string, caller: string, callee: string): KeyObject | undefined {
    const secret = secrets.get(secretId);
    if (!secret) return undefined;
    const name = `${secretId}/${caller}/${callee}`;
    let key = keys.get(name);
    if (!key) {
      key = createSecretKey(deriveKey(secret, `service-token/${caller}/${callee}`));
      keys.set(name, key);
    }
    return key;
  }

  function check(token: string, now: number): ServiceClaims {
    const known = verified.recall(token, now);
    if (known) return known;
    const { keyId, claims, signed, signature } = decodeJwt(token, kind);
    const { iss, aud } = textClaims(claims, "iss", "aud");
    if (!serviceName.test(iss) || !serviceName.test(aud)) throw tokenInvalid("it names no service");
    const key = keyFor(keyId, iss, aud);
    if (!key) throw tokenInvalid("its key is unknown");
    if (!hmacVerify(key, signed, signature)) throw tokenInvalid("its signature is wrong");
    const { exp } = checkTimes(claims, now, apart);
    const checked = { iss, aud, exp };
    verified.keep(token, checked);
    return checked;
  }

  return {
    mint(caller, callee) {
      const now = secondsOf(clock);
      const pair = `${caller}/${callee}`;
      const held = minted.get(pair);
      if (held && held.exp - renewSeconds > now) return held.token;
      const key = keyFor(current.id, caller, callee);
      if (!key || !serviceName.test(caller) || !serviceName.test(callee)) throw new Error(`"${pair}" does not name two services`);
      const exp = now + lifetimeSeconds;
      const token = encodeJwt(kind, current.id, { iss: caller, aud: callee, iat: now, exp }, (signed) => hmacSign(key, signed));
      minted.set(pair, { token, exp });
      return token;
    },

    verify(token, callee) {
      const { iss, aud } = check(token, secondsOf(clock));
      if (aud !== callee) throw new SignalboxError(Reason.TOKEN_AUDIENCE_WRONG, `the service token is for "${aud}"`);
      return iss;
    },
  };
}
