/** Whether failed calls to a service may be repeated now, and when: never so that a service which fails is called the more. */
export interface Repeats {
  /** Milliseconds until a call that failed so many times may be sent again; undefined where it may not. */
  afterFailure(failures: number): number | undefined;
  answered(): void;
}

const mostFailures = 4;
const firstPauseMs = 50;
const longestPauseMs = 1_000;
// The budget of gRPC's retry throttling: a failure takes one, an answer gives a tenth, and below half nothing is repeated.
const full = 100;
const perAnswer = 0.1;

export function repeats(): Repeats {
  let budget = full;
  return {
    afterFailure(failures) {
      budget = Math.max(0, budget - 1);
      if (failures >= mostFailures || budget <= full / 2) return undefined;
      return Math.random() * Math.min(longestPauseMs, firstPauseMs * 3 ** (failures - 1));
    },
    answered() {
      if (budget < full) budget = Math.min(full, budget + perAnswer);
    },
  };
}
