import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Cache } from "@signalbox/runtime/cache/cache.ts";
import { getOrFill } from "@signalbox/runtime/cache/fill.ts";
import { joined } from "@signalbox/runtime/cache/joined.ts";
import { singleFlight } from "@signalbox/runtime/cache/single-flight.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { LRUCache } from "lru-cache";
import { knownMs } from "./known.ts";
import { decode, dueTime, encode, type Minted, servedUntil } from "./minted.ts";

export interface Wanted {
  /** What it is cached as: see `cachedAs`. */
  readonly name: string;
  /** Asks the provider. `timeoutMs` is how long it may take, where that is less than usual. */
  readonly mint: (signal: AbortSignal, timeoutMs?: number) => Promise<Minted>;
  /** Whether what is cached now does not work any more. */
  readonly fresh: boolean;
  /** The mint that was revoked, so that it is not served whatever the cache has. */
  readonly revoked?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Issuer {
  /** A credential that the cache held a moment ago and that needs no replacing yet. Whether it was revoked since, only the ledger knows. */
  atHand(name: string): Minted | undefined;
  /** A credential with enough life left: cached where there is one, otherwise minted once for all who ask at the same time, in any replica. */
  obtain(wanted: Wanted): Promise<Minted>;
  /** Drops a credential from the cache, unless another one took its place. */
  drop(name: string, mint: string): Promise<void>;
}

/** Longer than a provider may take: after it another replica tries, because the one that holds the lock is gone. */
const lockMs = 15_000;

/** How long a provider may take while there is still something to serve. */
const aheadMs = 3_000;

/** After an attempt to replace a credential failed, none is made for so long. */
const pauseMs = 30_000;

/** How many credentials are at hand at most. */
const mostAtHand = 1_000;

/**
 * Hands out what was minted. `cache` must be sealed: credentials lie in it.
 * While it cannot be reached, each process mints for itself.
 */
export function issuer(cache: Cache, clock: Clock): Issuer {
  const flights = singleFlight<Minted>();
  /** What the cache held when it was read last. In clear, as it is in every answer, and gone by itself a moment later. */
  const atHand = new LRUCache<string, Minted>({ max: mostAtHand, ttl: knownMs, ttlResolution: 0, ttlAutopurge: true });
  const lifeMs = (minted: Minted) => (servedUntil(minted) - clock()) / 1000;

  const together = joined<Minted | undefined>();

  async function read(name: string): Promise<Minted | undefined> {
    const minted = await together(name, async () => {
      const held = await cache.get(name);
      const read = held && decode(held);
      if (read) atHand.set(name, read);
      else atHand.delete(name);
      return read;
    });
    return minted && clock() < servedUntil(minted) ? minted : undefined;
  }

  // Only what the cache gives back is at hand: where there is no cache, every process mints for itself.
  const set: Cache["set"] = async (name, value, ttlMs) => {
    await cache.set(name, value, ttlMs);
    atHand.delete(name);
  };

  /** A credential other than `refused`. */
  function fill(name: string, { mint, signal }: Wanted, refused: string | undefined): Promise<Minted> {
    const others: Cache = {
      ...cache,
      set,
      async get(key) {
        const held = await read(key);
        return held && held.mint !== refused ? encode(held) : undefined;
      },
    };
    const make = async (making: AbortSignal) => {
      const minted = await mint(making);
      return { value: encode(minted), ttlMs: lifeMs(minted) };
    };
    const flight = async (shared: AbortSignal) => decode(await getOrFill(others, name, { fill: make, lockMs, signal: shared }));
    return flights(`${name}/${refused ?? ""}`, flight, signal);
  }

  /** The next one, or the one held where that cannot be had now. */
  function replace(name: string, { mint, signal }: Wanted, held: Minted): Promise<Minted> {
    const lock = `${name}/ahead`;
    const flight = async (shared: AbortSignal) => {
      const release = await cache.once(lock, pauseMs);
      if (!release) return held;
      const now = await read(name);
      const next = now && now.mint !== held.mint ? now : await mint(shared, aheadMs).catch(unlessProvider);
      // Not given back: the next attempt comes after the pause.
      if (!next) return held;
      if (next !== now) await set(name, encode(next), lifeMs(next));
      await release();
      return next;
    };
    return flights(lock, flight, signal);
  }

  return {
    atHand(name) {
      const minted = atHand.get(name);
      return minted && clock() < dueTime(minted) ? minted : undefined;
    },

    async obtain(wanted) {
      const { name } = wanted;
      const held = await read(name);
      if (!held || wanted.fresh) return fill(name, wanted, held?.mint ?? wanted.revoked);
      if (held.mint === wanted.revoked) return fill(name, wanted, wanted.revoked);
      return clock() < dueTime(held) ? held : replace(name, wanted, held);
    },

    async drop(name, mint) {
      const held = await read(name);
      if (held?.mint !== mint) return;
      await cache.delete(name);
      atHand.delete(name);
    },
  };
}

/** Nothing, where the provider is the one that failed. */
function unlessProvider(error: unknown): undefined {
  const reason = error instanceof SignalboxError ? error.reason : undefined;
  if (reason !== Reason.PROVIDER_REFUSED && reason !== Reason.PROVIDER_UNAVAILABLE) throw error;
}
