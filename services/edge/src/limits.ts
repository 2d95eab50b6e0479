import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { BucketSize, Buckets } from "@signalbox/runtime/cache/buckets.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { LRUCache } from "lru-cache";
import { type Share, sharing } from "./share.ts";

/** Calls a second in the long run, and calls at once after a quiet time. */
export type Limit = BucketSize;

/** How often somebody may do something. */
export interface Limiter {
  /** Takes one out of somebody's bucket. Fails with RATE_LIMITED, and when to come back, where it is empty. */
  take(who: string): void;
  /** Fails as `take` would, and takes nothing. */
  check(who: string): void;
  /** Takes one for something that has happened already. */
  charge(who: string): void;
  /** Puts back what was taken for somebody else's doing. */
  giveBack(who: string): void;
}

export interface LimiterOptions {
  /** The buckets that all replicas draw from, and what those of this limiter are called there. Without them the limit is that of this process. */
  readonly shared?: { readonly buckets: Buckets; readonly kind: string } | undefined;
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
}

interface Bucket {
  tokens: number;
  at: number;
  readonly share: Share | undefined;
}

/**
 * Token buckets, one for each caller, the least recent forgotten first. Where
 * replicas share them, each keeps its own as well: nobody gets more from one
 * replica than from all, and it counts alone while the shared ones are away.
 */
export function limiter(limit: Limit, { shared, now = () => performance.now() }: LimiterOptions = {}): Limiter {
  const { perSecond, burst } = limit;
  const buckets = new LRUCache<string, Bucket>({ max: 100_000 });
  const together = shared && sharing(shared.buckets, shared.kind, limit, now);

  function bucketOf(who: string): Bucket {
    const at = now();
    const known = buckets.get(who);
    if (known) {
      known.tokens = Math.min(burst, known.tokens + ((at - known.at) / 1000) * perSecond);
      known.at = at;
      return known;
    }
    const bucket = { tokens: burst, at, share: together?.share() };
    buckets.set(who, bucket);
    return bucket;
  }

  function filled(who: string): Bucket {
    const bucket = bucketOf(who);
    const ownMs = bucket.tokens >= 1 ? 0 : Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
    const sharedMs = bucket.share && together ? Math.ceil(together.waitMs(who, bucket.share)) : 0;
    const retryAfterMs = Math.max(ownMs, sharedMs);
    if (retryAfterMs === 0) return bucket;
    throw new SignalboxError(Reason.RATE_LIMITED, "too many calls; slow down and repeat after the stated delay", { retryAfterMs });
  }

  function spend(who: string, bucket: Bucket): void {
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    if (bucket.share) together?.spend(who, bucket.share);
  }

  return {
    take(who) {
      spend(who, filled(who));
    },
    check(who) {
      filled(who);
    },
    charge(who) {
      spend(who, bucketOf(who));
    },
    giveBack(who) {
      const bucket = bucketOf(who);
      bucket.tokens = Math.min(burst, bucket.tokens + 1);
      if (bucket.share) together?.giveBack(bucket.share);
    },
  };
}
