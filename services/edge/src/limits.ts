import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { LRUCache } from "lru-cache";

export interface Limit {
  /** Calls a second, in the long run. */
  readonly perSecond: number;
  /** Calls at once, after a quiet time. */
  readonly burst: number;
}

/** Takes one call out of somebody's bucket. Fails with RATE_LIMITED, and when to come back, where it is empty. */
export type Take = (who: string) => void;

/** Token buckets, one for each caller, the least recent forgotten first. */
export function limiter({ perSecond, burst }: Limit, now: () => number = () => performance.now()): Take {
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: 100_000 });
  return (who) => {
    const at = now();
    const bucket = buckets.get(who) ?? { tokens: burst, at };
    bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    buckets.set(who, bucket);
    if (bucket.tokens < 1) {
      const retryAfterMs = Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
      throw new SignalboxError(Reason.RATE_LIMITED, "too many calls; slow down and repeat after the stated delay", { retryAfterMs });
    }
    bucket.tokens -= 1;
  };
}
