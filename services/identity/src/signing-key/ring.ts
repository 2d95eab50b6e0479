import type { KeyObject } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { boundTo, type Sealer } from "@signalbox/runtime/crypto/seal.ts";
import {
  exportSigningKey,
  fromJwks,
  importSigningKey,
  newSigningKey,
  type SigningKey,
  toJwks,
} from "@signalbox/runtime/crypto/signing-key.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { type IdentityTables, never, type SigningKeyRow } from "../tables.ts";
import type { Trx } from "../user/store.ts";
import type { SigningKeyStore } from "./store.ts";

/** The keys that access tokens are signed with, as this process knows them. */
export interface SigningKeys {
  /** The key to sign with. */
  current(): Promise<SigningKey>;
  /** The public key of an id, if a valid token may name it. */
  publicKey(id: string): Promise<KeyObject | undefined>;
  /** Every key that a valid token may be signed with, newest first. */
  published(): Promise<readonly SigningKeyRow[]>;
  /** Makes a key. `commit` runs the transaction that keeps it. Of two made at once one is kept; both callers hear of that one. */
  rotate(commit: (work: (trx: Trx) => Promise<string>) => Promise<string>): Promise<string>;
  /** Makes a key where there is none, where the newest is a month old, or where it lies under a sealing key that is on its way out. */
  keepFresh(): Promise<void>;
}

export interface SigningKeyNeeds {
  readonly database: Pick<Database<IdentityTables>, "dialect" | "transact">;
  readonly store: SigningKeyStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** How long another replica may go on signing with a key that it does not know to be replaced. */
const staleness: Micros = 30_000_000;
/** How old the published list may be, and so how often a key id that nobody knows makes this process look. */
const newsworthy: Micros = 1_000_000;
/** A new key is published for so long before it signs: whoever asked for the list just before does not ask again at once. */
const notice: Micros = 10_000_000;
/** A token's 15 minutes, and some more: replicas learn late of a new key, and clocks differ. */
const afterlife: Micros = 20 * 60_000_000;
const lifetime: Micros = 30 * 86_400_000_000;

interface Known {
  readonly rows: readonly SigningKeyRow[];
  /** Those whose private half can be opened, newest first. */
  readonly own: readonly { readonly key: SigningKey; readonly createTime: Micros }[];
  readonly publicKeys: ReadonlyMap<string, KeyObject>;
  readonly time: Micros;
}

export function signingKeys({ database, store, sealer, clock }: SigningKeyNeeds): SigningKeys {
  let known: Known | undefined;
  let reading: Promise<Known> | undefined;

  async function read(): Promise<Known> {
    const time = clock();
    const rows = await store.valid(time);
    const own = rows.flatMap((row) => open(row) ?? []);
    known = { rows, own, publicKeys: fromJwks({ keys: rows.map(({ jwk }) => JSON.parse(jwk)) }), time };
    return known;
  }

  /** What is known, not older than told. Callers that find it too old share one look. */
  async function recall(maxAge: Micros): Promise<Known> {
    if (known && clock() - known.time < maxAge) return known;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  /** The private half; undefined if the key that it is sealed under is not configured any more. */
  function open(row: SigningKeyRow): Known["own"][number] | undefined {
    try {
      const key = importSigningKey(sealer.open(row.privateKey, boundTo("identity_signing_key", row.kid)));
      return { key, createTime: row.createTime };
    } catch (error) {
      if (error instanceof SignalboxError && error.reason === Reason.KEY_UNKNOWN) return undefined;
      throw error;
    }
  }

  async function rotate(commit: Parameters<SigningKeys["rotate"]>[0]): Promise<string> {
    const { rows } = await read();
    const now = clock();
    const key = newSigningKey();
    const row: SigningKeyRow = {
      slot: (rows[0]?.slot ?? 0) + 1,
      kid: key.id,
      jwk: JSON.stringify(toJwks([key.publicKey]).keys[0]),
      privateKey: sealer.seal(exportSigningKey(key), boundTo("identity_signing_key", key.id)),
      createTime: now,
      retireTime: never,
    };
    try {
      const kid = await commit(async (trx) => {
        await store.add(trx, row, now + afterlife);
        return key.id;
      });
      await read();
      return kid;
    } catch (error) {
      if (database.dialect.explain(error)?.kind !== "taken") throw error;
      const [newest] = (await read()).rows;
      if (!newest) throw error;
      return newest.kid;
    }
  }

  return {
    async current() {
      const { own } = await recall(staleness);
      const announced = own.find(({ createTime }) => createTime + notice <= clock());
      const found = announced ?? own.at(-1);
      if (!found) throw new SignalboxError(Reason.UNAVAILABLE, "there is no signing key yet", { retryAfterMs: 1000 });
      return found.key;
    },

    async publicKey(id) {
      const found = (await recall(staleness)).publicKeys.get(id);
      return found ?? (await recall(newsworthy)).publicKeys.get(id);
    },

    published: async () => (await recall(newsworthy)).rows,
    rotate,

    async keepFresh() {
      const { rows, own } = await read();
      const [newest] = rows;
      const fresh = newest && own.length > 0 && newest.createTime > clock() - lifetime && !sealer.needsReseal(newest.privateKey);
      if (!fresh) await rotate((work) => database.transact(work));
      await store.sweep(clock());
    },
  };
}
