import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

/** Smaller answers are sent as they are: they take few packets, and no time to pack. Whatever is secret is in answers as small. */
const worthwhile = 16 * 1024;

const pack = promisify(gzip);
/** A large answer has much in it that repeats: more effort takes several times as long and saves little. */
const options = { level: constants.Z_BEST_SPEED };

/** What a caller takes packed; a weight of 0 stands for what it does not take. */
const gzipped = /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/;

/** A large body, packed where its caller takes that; undefined where it goes as it is. */
export async function packed(accepted: string | string[] | undefined, body: string | Uint8Array): Promise<Uint8Array | undefined> {
  if (typeof accepted !== "string" || body.length < worthwhile || !gzipped.test(accepted)) return undefined;
  return pack(body, options);
}
