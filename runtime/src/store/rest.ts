const longestMs = 100;

/**
 * How long work beside the calls rests after a round: four times as long as the round took, so that it takes a fifth of the time at
 * most while there is much to do; not less than `leastMs`, so that many share a round, and so short that what others wait for comes soon.
 */
export const restAfter = (tookMs: number, leastMs: number): number => Math.max(leastMs, Math.min(4 * tookMs, longestMs));
