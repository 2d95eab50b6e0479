import type { RaceLine } from "./benchmark.ts";

/** One thing that is measured: calls `work` again and again for a while, and says how often it was done. */
export interface Contender {
  readonly name: string;
  /** Does one turn of work; `worker` counts those at once from 0. A failure fails the benchmark. */
  readonly work: (worker: number) => Promise<unknown> | unknown;
  /** How many at once. */
  readonly atOnce: number;
  /** How many units one turn is; 1 unless told. */
  readonly units?: number;
  /** The share of the floor's rate that it is meant to reach. */
  readonly reach?: number;
}

export interface RaceOptions {
  readonly rounds?: number;
  readonly roundMs?: number;
  readonly warmUpMs?: number;
}

/** Measures contenders in turn, A B A B …, so that a machine whose speed drifts is fair to all. The first is the floor. */
export async function race(
  contenders: readonly Contender[],
  { rounds = 5, roundMs = 1_200, warmUpMs = 600 }: RaceOptions = {},
): Promise<readonly RaceLine[]> {
  for (const contender of contenders) await run(contender, warmUpMs);
  const results = contenders.map(() => [] as Round[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) results[index]?.push(await run(contender, roundMs));
  }
  const floor = results[0] ?? [];
  return contenders.map(({ name, reach }, index) => {
    const own = results[index] ?? [];
    return {
      name,
      perSecond: median(own.map(({ perSecond }) => perSecond)),
      p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
      ratio: median(own.map(({ perSecond }, at) => perSecond / (floor[at]?.perSecond ?? Number.NaN))),
      reach,
    };
  });
}

export interface Round {
  /** How much was done. */
  readonly units: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Lets one contender work for a while. */
export async function run({ work, atOnce, units = 1 }: Contender, forMs: number): Promise<Round> {
  const began = performance.now();
  const end = began + forMs;
  const latencies: number[] = [];
  const worker = async (_: unknown, number: number) => {
    for (let now = performance.now(); now < end; ) {
      await work(number);
      const done = performance.now();
      latencies.push(done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const took = performance.now() - began;
  const done = latencies.length * units;
  return { units: done, perSecond: (done / took) * 1000, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
}

/** The value below which a share of the values lies. Sorts in place. */
export function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile([...values], 0.5);
