/** A point of a metric as it is kept. */
export interface Point {
  readonly index: number;
  readonly value: number;
  readonly time: number;
}

/** A point, or what a bucket of neighbours comes to: the last of them, and their extremes. */
export interface Bucket extends Point {
  readonly min: number;
  readonly max: number;
}

const single = (point: Point): Bucket => ({ ...point, min: point.value, max: point.value });

/** A bucket and what comes after it, as one. */
function joined(bucket: Bucket, { index, value, time, min, max }: Bucket): Bucket {
  return { index, value, time, min: Math.min(bucket.min, min), max: Math.max(bucket.max, max) };
}

/**
 * Gathers points that come in order of their indexes into at most `most` buckets of equal
 * width, whatever their number: whenever there are twice as many, neighbours are joined.
 */
export function sampler(most: number) {
  let buckets: Bucket[] = [];
  let width = 1;
  let filled = 0;
  return {
    add(point: Point): void {
      const last = buckets.at(-1);
      if (last && filled < width) {
        buckets[buckets.length - 1] = joined(last, single(point));
        filled += 1;
        return;
      }
      if (buckets.length === 2 * most) {
        buckets = halved(buckets);
        width *= 2;
      }
      buckets.push(single(point));
      filled = 1;
    },
    /** The buckets, and whether any of them stands for more than one point. */
    result(): { readonly points: readonly Bucket[]; readonly sampled: boolean } {
      const points = buckets.length > most ? halved(buckets) : buckets;
      return { points, sampled: width > 1 || points !== buckets };
    },
  };
}

function halved(buckets: readonly Bucket[]): Bucket[] {
  const half: Bucket[] = [];
  for (let i = 0; i < buckets.length; i += 2) {
    const [first, second] = [buckets[i] as Bucket, buckets[i + 1]];
    half.push(second ? joined(first, second) : first);
  }
  return half;
}
