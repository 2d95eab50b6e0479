/** A step of a run that was acknowledged to the end. */
export interface KeptStep {
  readonly name: string;
  /** How many points its one metric has, from index 0. */
  readonly points: number;
  readonly facts: readonly string[];
  /** The ids of the artifact versions that it made. */
  readonly outputs: readonly string[];
}

export interface KeptRun {
  readonly id: string;
  readonly steps: readonly KeptStep[];
}

/** A call that is recorded in the audit log, by what it made. */
export interface KeptAct {
  readonly method: string;
  readonly subject: string;
}

export interface Failure {
  readonly doing: string;
  readonly error: unknown;
}

/** Everything that a load was told is done, and what failed it. */
export interface Ledger {
  readonly runs: KeptRun[];
  readonly acts: KeptAct[];
  readonly failures: Failure[];
  /** How long the slowest thing took, in milliseconds. */
  slowestMs: number;
  /** Does something, notes how long it took, and notes its failure before it throws it on. */
  timed<R>(doing: string, work: () => Promise<R>): Promise<R>;
}

export function openLedger(): Ledger {
  const ledger: Ledger = {
    runs: [],
    acts: [],
    failures: [],
    slowestMs: 0,
    async timed(doing, work) {
      const began = performance.now();
      try {
        return await work();
      } catch (error) {
        ledger.failures.push({ doing, error });
        throw error;
      } finally {
        ledger.slowestMs = Math.max(ledger.slowestMs, performance.now() - began);
      }
    },
  };
  return ledger;
}
