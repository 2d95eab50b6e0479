/** One thing that is measured: calls `work` again and again for a while, and says how often it was done. */
export interface Contender {
  readonly name: string;
  readonly work: () => Promise<unknown> | unknown;
  /** How many at once. */
  readonly atOnce: number;
}

export interface Measured {
  readonly name: string;
  /** The median over all rounds. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The median, round by round, of this one's rate over the first one's: the floor's. */
  readonly ratio: number;
}

const rounds = 5;
const roundMs = 1_200;
const warmUpMs = 400;

/** Measures contenders in turn, A B A B …, so that a machine whose speed drifts is fair to all. The first is the floor. */
export async function measure(contenders: readonly Contender[]): Promise<readonly Measured[]> {
  for (const contender of contenders) await run(contender, warmUpMs);
  const results = contenders.map(() => [] as Round[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) results[index]?.push(await run(contender, roundMs));
  }
  const floor = results[0] ?? [];
  return contenders.map(({ name }, index) => {
    const own = results[index] ?? [];
    return {
      name,
      perSecond: median(own.map(({ perSecond }) => perSecond)),
      p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
      ratio: median(own.map(({ perSecond }, at) => perSecond / (floor[at]?.perSecond ?? Number.NaN))),
    };
  });
}

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function run({ work, atOnce }: Contender, forMs: number): Promise<Round> {
  const began = performance.now();
  const end = began + forMs;
  const latencies: number[] = [];
  const worker = async () => {
    for (let now = performance.now(); now < end; ) {
      await work();
      const done = performance.now();
      latencies.push(done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const took = performance.now() - began;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { perSecond: (latencies.length / took) * 1000, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
