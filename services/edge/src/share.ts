import { createHash } from "node:crypto";
import type { BucketSize, Buckets } from "@signalbox/runtime/cache/buckets.ts";

/** What this process holds of a caller's bucket, which it shares with the other replicas. */
export interface Share {
  /** Tokens drawn and not used yet; below zero: used on credit, and owed to the bucket. */
  held: number;
  /** When the bucket, found empty, gives something again. */
  emptyUntil: number;
  /** Whether a draw is under way, or will be when the bucket gives something again. */
  drawing: boolean;
  /** Since when an answer is waited for. */
  askedAt: number | undefined;
}

/** The part of a limit that all replicas keep together. */
export interface Sharing {
  share(): Share;
  /** Milliseconds until the caller may come again; 0 when it may now. */
  waitMs(who: string, share: Share): number;
  /** Takes one, and draws more in the background before they are needed. */
  spend(who: string, share: Share): void;
  /** Puts one back. */
  giveBack(share: Share): void;
}

// An answer that takes longer is not waited for: until it comes, the limit of this process alone counts.
const patienceMs = 50;
// How soon after the bucket gives something again a draw has been answered.
const answerMs = 20;
// While Redis is away, one draw in so long looks whether it is back.
const probeMs = 500;

// By a hash, because a caller may be told by its token, which Redis shall not see.
const nameOf = (kind: string, who: string) => `${kind}:${createHash("sha256").update(who).digest("base64url").slice(0, 22)}`;

/**
 * Draws tokens from the shared bucket in chunks of a tenth of its burst, as
 * soon as half a chunk is left, and lets a chunk through on credit until the
 * answer is there: no call waits for Redis. What a replica holds and what it
 * owes are all that N replicas let through beyond the limit: N fifths of the
 * burst, at any time; nothing more in the long run.
 */
export function sharing(buckets: Buckets, kind: string, size: BucketSize, now: () => number): Sharing {
  const { perSecond, burst } = size;
  const chunk = Math.max(1, Math.round(burst / 10));
  const credit = chunk;
  const refillMs = (tokens: number) => (tokens / perSecond) * 1000;
  let reachable = true;
  let probeAt = 0;

  // Nobody has asked since the bucket was found empty and had the time to hold the credit again: then it is given again.
  const isEmpty = ({ emptyUntil }: Share) => now() < emptyUntil + refillMs(credit);

  async function draw(who: string, share: Share): Promise<void> {
    share.askedAt = now();
    const owed = Math.max(0, -share.held);
    const drawn = await buckets.draw(nameOf(kind, who), size, { owed, want: chunk - Math.max(0, share.held) });
    share.askedAt = undefined;
    share.drawing = false;
    reachable = drawn !== undefined;
    if (!drawn) {
      probeAt = now() + probeMs;
      // Whatever was drawn or owed, the bucket is full when it is found again.
      share.held = 0;
      return;
    }
    share.held += owed + drawn.granted;
    // A bucket that gives single tokens is not asked for each of them.
    share.emptyUntil = drawn.granted > 0 ? Number.NEGATIVE_INFINITY : now() + Math.max(drawn.waitMs, refillMs(chunk / 4));
  }

  function drawSoon(who: string, share: Share): void {
    if (share.drawing) return;
    if (!reachable) {
      if (now() < probeAt) return;
      probeAt = now() + probeMs;
    }
    share.drawing = true;
    const inMs = share.emptyUntil - now();
    if (inMs > 0) setTimeout(draw, inMs, who, share).unref();
    else void draw(who, share);
  }

  return {
    share: () => ({ held: 0, emptyUntil: Number.NEGATIVE_INFINITY, drawing: false, askedAt: undefined }),
    waitMs(who, share) {
      if (!reachable || share.held >= 1) return 0;
      if (share.askedAt !== undefined && now() - share.askedAt > patienceMs) return 0;
      const empty = isEmpty(share);
      if (!empty && share.held > -credit) return 0;
      drawSoon(who, share);
      return Math.max(0, empty ? share.emptyUntil - now() : 0) + answerMs;
    },
    spend(who, share) {
      share.held = Math.max(-credit, share.held - 1);
      if (share.held <= chunk / 2) drawSoon(who, share);
    },
    giveBack(share) {
      share.held = Math.min(chunk, share.held + 1);
    },
  };
}
