import type { Report, ReportRequest } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import type { Change, Outcome } from "./change.ts";

/** Messages that are being written at once: enough to keep the next ready, and no more is read ahead. */
const mostOpen = 4;

export interface Submitted {
  readonly reports: readonly Report[];
  readonly outcome: Promise<Outcome>;
}

export interface Submission {
  /** The oldest message that is settled, in order; undefined while it is not, or where there is none. Fails with what the stream of requests failed with. */
  take(): Submitted | undefined;
  /** Whether the requests have ended and all that was submitted was taken. */
  isDone(): boolean;
  /** Reads no further. What was submitted is written all the same. */
  leave(): void;
}

/** Reads requests and submits their reports in order, calling `settled` whenever there may be something to take. */
export function submitAll(
  requests: AsyncIterable<ReportRequest>,
  submit: (changes: readonly Change[]) => Promise<Outcome>,
  generationOf: (request: ReportRequest) => number,
  settled: () => void,
): Submission {
  const open: (Submitted & { done: boolean })[] = [];
  const iterator = requests[Symbol.asyncIterator]();
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let room: (() => void) | undefined;
  let left = false;

  async function pump(): Promise<void> {
    let name: string | undefined;
    while (!left) {
      const { done, value } = await iterator.next();
      if (done) break;
      const { reporter, reports } = value;
      name ??= reporter;
      if (reporter !== name) throw fieldInvalid("reporter", "must be the same in every message of a stream");
      if (reports.length === 0) continue;
      const outcome = submit(reports.map((report) => ({ kind: "report", reporter, generation: generationOf(value), report })));
      const entry = { reports, outcome, done: false };
      open.push(entry);
      const settle = () => {
        entry.done = true;
        settled();
      };
      outcome.then(settle, settle);
      while (open.length >= mostOpen && !left) await new Promise<void>((resolve) => (room = resolve));
    }
  }

  pump()
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      ended = true;
      settled();
    });

  return {
    take() {
      if (open[0]?.done) {
        room?.();
        return open.shift();
      }
      if (failure && open.length === 0) throw failure.error;
      return undefined;
    },
    isDone: () => ended && open.length === 0,
    leave() {
      left = true;
      room?.();
      void Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}
