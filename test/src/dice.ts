/** A number from 0 to 1, below 1; the next one each time. */
export type Dice = () => number;

/** Numbers that follow from a seed and look as if they did not (mulberry32), so that a failure can be had again. */
export function dice(seed: number): Dice {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of this run: SIGNALBOX_TEST_SEED to have a failure again, else by chance. */
export const seedOfRun = (): number => Number(process.env.SIGNALBOX_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
