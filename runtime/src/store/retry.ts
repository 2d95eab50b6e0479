import { setTimeout as sleep } from "node:timers/promises";

const attempts = 8;

/** Runs `work` again while its failure is one that passes, at most eight times in all and ever more apart. */
export async function retrying<R>(work: () => Promise<R>, passes: (error: unknown) => boolean): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !passes(error)) throw error;
      await sleep(Math.random() * Math.min(500, 5 * 2 ** attempt));
    }
  }
}
