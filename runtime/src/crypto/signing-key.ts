import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";

/** A P-256 key that signs access tokens. */
export interface SigningKey {
  /** The RFC 7638 thumbprint of its public half. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A public key as identity publishes it. */
export interface Jwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

export interface Jwks {
  readonly keys: readonly Jwk[];
}

export function newSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
}

/** PKCS #8, DER: to be sealed before it is stored. */
export function exportSigningKey({ privateKey }: SigningKey): Buffer {
  return privateKey.export({ type: "pkcs8", format: "der" });
}

export function importSigningKey(der: Uint8Array): SigningKey {
  return signingKeyOf(createPrivateKey({ key: Buffer.from(der), type: "pkcs8", format: "der" }));
}

/** The public halves, as a JSON Web Key Set. */
export function toJwks(publicKeys: readonly KeyObject[]): Jwks {
  return { keys: publicKeys.map(toJwk) };
}

/** Public keys by id. Keys of other kinds, and keys whose id is not their thumbprint, are passed over. */
export function fromJwks(jwks: { readonly keys?: readonly unknown[] }): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const jwk of jwks.keys ?? []) {
    const { kty, crv, x, y, kid } = (jwk ?? {}) as Partial<Record<keyof Jwk, unknown>>;
    if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string" || kid !== thumbprint(x, y)) continue;
    keys.set(kid as string, createPublicKey({ key: { kty, crv, x, y }, format: "jwk" }));
  }
  return keys;
}

function toJwk(publicKey: KeyObject): Jwk {
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || !x || !y) throw new Error("access tokens are signed with P-256 keys only");
  return { kty, crv, x, y, kid: thumbprint(x, y), alg: "ES256", use: "sig" };
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return { id: toJwk(publicKey).kid, privateKey, publicKey };
}

// RFC 7638: the required members only, in alphabetical order.
const thumbprint = (x: string, y: string): string => hash("sha256", JSON.stringify({ crv: "P-256", kty: "EC", x, y }), "base64url");
