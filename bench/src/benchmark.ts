import type { Contender } from "./rounds.ts";

/** Something whose speed matters, against a floor in the same run. */
export interface Benchmark {
  /** What is measured, and under which conditions. */
  readonly about: string;
  /** What one turn of work is. */
  readonly unit: string;
  /** Brings what it needs. The first contender is the floor. */
  prepare(): Promise<{ readonly contenders: readonly Contender[]; close(): Promise<void> }>;
}
