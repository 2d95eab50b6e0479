import { randomBytes } from "node:crypto";

/** Secrets that are looked for wherever they must not be. */
export interface Canaries {
  /** A new secret to be used somewhere. */
  make(name: string): string;
  /** A secret that Signalbox made itself. */
  keep(name: string, secret: string): string;
  /** The names of those that a place holds, as they are or encoded. */
  foundIn(place: Buffer | string): readonly string[];
}

export function canaries(): Canaries {
  const known = new Map<string, readonly Buffer[]>();
  const keep = (name: string, secret: string): string => {
    // What is short is found anywhere, by chance.
    if (secret.length < 16) throw new Error(`${name} is too short to be looked for`);
    known.set(name, waysToWrite(secret));
    return secret;
  };
  return {
    make: (name) => keep(name, `canary-${randomBytes(12).toString("hex")}-${name}`),
    keep,
    foundIn(place) {
      const bytes = Buffer.from(place as string);
      return [...known].filter(([, ways]) => ways.some((way) => bytes.includes(way))).map(([name]) => name);
    },
  };
}

/** A secret as it may appear: plain, in hexadecimal, in a URL, or within something in base64, wherever that began. */
function waysToWrite(secret: string): Buffer[] {
  const plain = Buffer.from(secret);
  const shifted = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString("base64");
    // What stands beside the secret changes the characters at both ends.
    const middle = text.slice(4, -4);
    return [middle, middle.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [secret, plain.toString("hex"), encodeURIComponent(secret), ...shifted].map((way) => Buffer.from(way));
}
