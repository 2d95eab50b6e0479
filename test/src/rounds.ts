/** Whether this is a soak, which takes its time. */
export const isSoak = process.env.SIGNALBOX_TEST_SOAK === "true";

/** How often a fault is repeated: a few times among the other tests, many times in a soak (`npm run soak`). */
export const rounds = (few: number, many: number): number => (isSoak ? many : few);

/** How long a load goes on, in milliseconds: briefly among the other tests, for long in a soak. */
export const lasting = (briefly: number, forLong: number): number => (isSoak ? forLong : briefly);
