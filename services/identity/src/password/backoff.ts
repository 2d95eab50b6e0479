/** How many failures in a row are forgiven. */
const patience = 4;

const firstMs = 30_000;
const longestMs = 15 * 60_000;

/** For how long a name is locked after so many failures in a row: not at all, then 30 s, then twice as long each time, up to 15 min. */
export function lockMs(failures: number): number {
  return failures <= patience ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(failures - patience - 1, 30));
}
