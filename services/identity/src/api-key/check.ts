import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { hashKey, keyMatches, parseKey } from "@signalbox/runtime/crypto/api-key.ts";
import type { Keys } from "@signalbox/runtime/crypto/keys.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { isActive, type Principal, type PrincipalStore } from "../principal/store.ts";
import type { ApiKeyRow } from "../tables.ts";
import type { LastUsed } from "./last-used.ts";
import type { ApiKeyStore } from "./store.ts";

/** A credential that was found good. */
export interface Checked {
  readonly principal: Principal;
  /** The session or key. */
  readonly credential: Buffer;
  /** What is got with it ends then at the latest. */
  readonly notAfter: Micros;
}

export interface KeyCheck {
  readonly keys: ApiKeyStore;
  readonly principals: PrincipalStore;
  readonly used: Pick<LastUsed, "note">;
  /** What the hashes are keyed with, the current one first. */
  readonly peppers: Keys;
  readonly clock: Clock;
}

const refused = (reason: Reason, text: string) => new SignalboxError(reason, text);

/** Fails with TOKEN_REVOKED for a key that does not work at an instant: for good, for now, or because what is got with it would be refused. */
function requireWorking({ state, resumeTime }: Pick<ApiKeyRow, "state" | "resumeTime">, now: Micros): void {
  if (state === KeyState.INACTIVE) throw refused(Reason.TOKEN_REVOKED, "the API key is inactive");
  if (state !== KeyState.ACTIVE) throw refused(Reason.TOKEN_REVOKED, "the API key was revoked");
  const waiting = Math.ceil((resumeTime - now) / 1e6);
  if (waiting > 0) throw refused(Reason.TOKEN_REVOKED, `the API key was inactive a moment ago: it works again in ${waiting} s`);
}

/**
 * Checks API keys and personal access tokens. What is wrong with a key is told
 * only to who has its secret. Fails with TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_REVOKED.
 */
export function keyCheck({ keys, principals, used, peppers, clock }: KeyCheck): (key: string) => Promise<Checked> {
  return async (text) => {
    const parsed = parseKey(text);
    // The checksum tells what was cut or mistyped, before the database is asked.
    if (!parsed || parsed.kind === "refresh") throw refused(Reason.TOKEN_INVALID, "this is not a whole API key");
    const row = await keys.byId(parsed.id);
    const present = row !== undefined && keyMatches(parsed.secret, row.secretHash, peppers);
    const previous = row !== undefined && row.previousExpireTime > 0 && keyMatches(parsed.secret, row.previousHash, peppers);
    if (!row || !(present || previous)) throw refused(Reason.TOKEN_INVALID, "there is no such API key");

    const now = clock();
    const notAfter = present ? row.expireTime : Math.min(row.expireTime, row.previousExpireTime);
    requireWorking(row, now);
    if (!present && row.previousExpireTime <= now) throw refused(Reason.TOKEN_REVOKED, "the API key was rotated: use the new one");
    if (row.expireTime <= now) throw refused(Reason.TOKEN_EXPIRED, "the API key has expired");
    const principal = await principals.find(row.principalId);
    if (!principal || !isActive(principal)) throw refused(Reason.TOKEN_REVOKED, "the owner of the API key may not act");

    used.note(row, now);
    if (present) await renewHash(row, parsed.secret);
    return { principal, credential: row.id, notAfter };
  };

  /** So that a pepper can be retired once every key in use was used. */
  async function renewHash(row: ApiKeyRow, secret: Buffer): Promise<void> {
    const [current] = peppers;
    if (!keyMatches(secret, row.secretHash, [current])) await keys.rehash(row, hashKey(secret, current.key));
  }
}
