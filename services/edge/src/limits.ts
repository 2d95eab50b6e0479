import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { LRUCache } from "lru-cache";

export interface Limit {
  /** Calls a second, in the long run. */
  readonly perSecond: number;
  /** Calls at once, after a quiet time. */
  readonly burst: number;
}

/** How often somebody may do something. */
export interface Limiter {
  /** Takes one out of somebody's bucket. Fails with RATE_LIMITED, and when to come back, where it is empty. */
  take(who: string): void;
  /** Fails as `take` would, and takes nothing. */
  check(who: string): void;
  /** Takes one for something that has happened already. */
  charge(who: string): void;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, one for each caller, the least recent forgotten first. */
export function limiter({ perSecond, burst }: Limit, now: () => number = () => performance.now()): Limiter {
  const buckets = new LRUCache<string, Bucket>({ max: 100_000 });

  function bucketOf(who: string): Bucket {
    const at = now();
    const bucket = buckets.get(who) ?? { tokens: burst, at };
    bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    buckets.set(who, bucket);
    return bucket;
  }

  function filled(who: string): Bucket {
    const bucket = bucketOf(who);
    if (bucket.tokens >= 1) return bucket;
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
    throw new SignalboxError(Reason.RATE_LIMITED, "too many calls; slow down and repeat after the stated delay", { retryAfterMs });
  }

  return {
    take(who) {
      filled(who).tokens -= 1;
    },
    check(who) {
      filled(who);
    },
    charge(who) {
      const bucket = bucketOf(who);
      bucket.tokens = Math.max(0, bucket.tokens - 1);
    },
  };
}
