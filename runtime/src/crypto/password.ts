import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { limiter } from "./limit.ts";

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface PasswordHash extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

// OWASP's first choice for argon2id.
const cost: Cost = { memory: 19456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

// An imported hash brings its own cost: this much is worked off, more is refused.
const most = { memory: 262144, passes: 16, parallelism: 16, salt: 64, hash: 64 };

const pattern = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,90})\$([A-Za-z0-9+/]{16,90})$/;

const derive = promisify(argon2);

// Two of the thread pool's four threads: files, DNS and zlib keep the others while people sign in.
const limited = limiter({ running: 2, waiting: 256 });

// No password matches it, and finding that out costs what any password costs.
const nobody: PasswordHash = { ...cost, salt: randomBytes(saltBytes), hash: Buffer.alloc(hashBytes) };

/**
 * Hashes a password with argon2id, off the event loop, to the PHC format
 * "$argon2id$v=19$m=...,t=...,p=...$salt$hash". Fails with UNAVAILABLE when
 * too many are being worked on.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await run(password, { ...cost, salt }, hashBytes);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/**
 * Whether a password is the one that was hashed. Pass undefined for a user who
 * does not exist or has no password: the answer is false after the same time.
 * Fails with UNAVAILABLE when too many are being worked on.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const known = stored === undefined ? undefined : parse(stored);
  const expected = known ?? nobody;
  const actual = await run(password, expected, expected.hash.length);
  return timingSafeEqual(actual, expected.hash) && known !== undefined;
}

/** Whether a hash was made at another cost than today's: hash the password again after the next sign-in. */
export function needsRehash(stored: string): boolean {
  const hash = parse(stored);
  return !hash || hash.memory !== cost.memory || hash.passes !== cost.passes || hash.parallelism !== cost.parallelism;
}

function run(
  password: string,
  { memory, passes, parallelism, salt }: Cost & { readonly salt: Buffer },
  tagLength: number,
): Promise<Buffer> {
  // The same password typed on another keyboard may arrive in another composition.
  const message = Buffer.from(password.normalize("NFKC"));
  return limited(() => derive("argon2id", { message, nonce: salt, memory, passes, parallelism, tagLength }));
}

function parse(stored: string): PasswordHash | undefined {
  const [, memory, passes, parallelism, salt, hash] = pattern.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const parsed: PasswordHash = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
  const bounded =
    parsed.parallelism >= 1 &&
    parsed.parallelism <= most.parallelism &&
    parsed.passes >= 1 &&
    parsed.passes <= most.passes &&
    parsed.memory >= 8 * parsed.parallelism &&
    parsed.memory <= most.memory &&
    parsed.salt.length >= 8 &&
    parsed.salt.length <= most.salt &&
    parsed.hash.length >= 12 &&
    parsed.hash.length <= most.hash;
  return bounded ? parsed : undefined;
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
