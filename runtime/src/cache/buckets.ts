/** A bucket of tokens: who takes one may do something once. */
export interface BucketSize {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

export interface Draw {
  /** Tokens to take, fewer where there are fewer. */
  readonly want: number;
  /** Tokens that were used without asking: taken in any case, also from an empty bucket, which then takes longer to fill. */
  readonly owed: number;
}

export interface Drawn {
  /** Tokens that were taken: whole, and no more than wanted. */
  readonly granted: number;
  /** Milliseconds until the bucket holds a token again; 0 while it does. */
  readonly waitMs: number;
}

/** Buckets that all replicas draw from. One that nobody has drawn from lately is full. */
export interface Buckets {
  /** Draws from the bucket of that name, in one step. Never throws: undefined when the buckets cannot be reached. */
  draw(name: string, size: BucketSize, draw: Draw): Promise<Drawn | undefined>;
}
