import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock } from "../clock.ts";
import { SignalboxError } from "../errors.ts";

/** Seconds since 1970, as JWT counts. */
export const secondsOf = (clock: Clock): number => Math.floor(clock() / 1_000_000);

/** How far two machines' clocks may differ, in seconds. */
export const leeway = 10;

/** How far apart the clocks of two machines may be that have no database in common, in seconds: five minutes, and what a call takes. */
export const apart = 310;

/** A JWT taken apart. Nothing in it is believed yet. */
export interface UnverifiedJwt {
  readonly keyId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

export interface JwtKind {
  /** The only algorithm accepted: what a token says of itself decides nothing. */
  readonly algorithm: "ES256" | "HS256";
  /** The `typ` header, which keeps tokens of one kind from passing for another. */
  readonly type: string;
}

const longest = 8192;
const part = /^[A-Za-z0-9_-]+$/;

/** A token signed by `sign`. */
export function encodeJwt({ algorithm, type }: JwtKind, keyId: string, claims: object, sign: (signed: Buffer) => Buffer): string {
  const signed = `${encode({ alg: algorithm, typ: type, kid: keyId })}.${encode(claims)}`;
  return `${signed}.${sign(Buffer.from(signed)).toString("base64url")}`;
}

/** Takes a compact JWT apart. Fails with TOKEN_INVALID unless it has the form, the algorithm and the type that are expected. */
export function decodeJwt(token: string, { algorithm, type }: JwtKind): UnverifiedJwt {
  const [head, body, tail, ...more] = token.length > longest ? [] : token.split(".");
  if (!head || !body || !tail || more.length > 0 || !part.test(head) || !part.test(body) || !part.test(tail)) {
    throw tokenInvalid("it is not a signed token");
  }
  const header = decode(head);
  const claims = decode(body);
  if (header.alg !== algorithm) throw tokenInvalid(`its algorithm is not ${algorithm}`);
  if (header.typ !== type) throw tokenInvalid(`its type is not ${type}`);
  if (header.crit !== undefined || typeof header.kid !== "string") throw tokenInvalid("its header is not understood");
  return { keyId: header.kid, claims, signed: Buffer.from(`${head}.${body}`), signature: Buffer.from(tail, "base64url") };
}

/** Fails with TOKEN_EXPIRED or TOKEN_INVALID unless the present lies between the claims `iat` and `exp`. */
export function checkTimes(
  { iat, exp }: Readonly<Record<string, unknown>>,
  now: number,
  lateBy = leeway,
): { readonly iat: number; readonly exp: number } {
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) throw tokenInvalid("it does not say when it was issued or expires");
  const times = { iat: iat as number, exp: exp as number };
  if (times.exp + lateBy <= now) throw tokenExpired();
  if (times.iat - apart > now) throw tokenInvalid("it was issued in the future");
  return times;
}

/** The named claims, all texts. Fails with TOKEN_INVALID when one is missing or empty. */
export function textClaims<K extends string>(claims: Readonly<Record<string, unknown>>, ...names: readonly K[]): Record<K, string> {
  const texts = {} as Record<K, string>;
  for (const name of names) {
    const value = claims[name];
    if (typeof value !== "string" || value === "") throw tokenInvalid(`it has no ${name}`);
    texts[name] = value;
  }
  return texts;
}

export const hmacSign = (key: KeyObject | Uint8Array, signed: Uint8Array): Buffer => createHmac("sha256", key).update(signed).digest();

/** Compares in constant time. */
export function hmacVerify(key: KeyObject | Uint8Array, signed: Uint8Array, signature: Uint8Array): boolean {
  const expected = hmacSign(key, signed);
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

export const tokenInvalid = (why: string): SignalboxError => new SignalboxError(Reason.TOKEN_INVALID, `the token is not valid: ${why}`);

const tokenExpired = (): SignalboxError => new SignalboxError(Reason.TOKEN_EXPIRED, "the token has expired");

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below, in the same words as any other token that cannot be read.
  }
  throw tokenInvalid("it cannot be read");
}
