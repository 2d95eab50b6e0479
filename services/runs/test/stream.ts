import { create } from "@bufbuild/protobuf";
import {
  type Report,
  type ReportRequest,
  ReportRequestSchema,
  type ReportResponse,
  ReportSchema,
} from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { type Lab, reportClient } from "./fixtures.ts";

/** A reporter with a stream of its own: what it sends, and what it heard. */
export interface Reporter {
  readonly heard: ReportResponse[];
  send(reports: readonly Report[]): void;
  /** Sends no more; resolves when the server has ended the stream too. */
  end(): Promise<void>;
  /** Goes away without a word. */
  leave(): Promise<void>;
  /** Resolves when something was heard that fits. */
  hears(fits: (part: ReportResponse["part"]) => boolean, withinMs?: number): Promise<void>;
}

export function openReporter(of: Lab, run: string, { replica = 0, reporter = "", client = reportClient(of, replica) } = {}): Reporter {
  const waiting: ReportRequest[] = [];
  const heard: ReportResponse[] = [];
  const abort = new AbortController();
  let wake = () => {};
  let ended = false;
  let heardOne = () => {};
  async function* requests() {
    yield create(ReportRequestSchema, { run, reporter });
    for (;;) {
      for (let next = waiting.shift(); next; next = waiting.shift()) yield next;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const done = (async () => {
    for await (const response of client.report(requests(), { signal: abort.signal })) {
      heard.push(response);
      heardOne();
    }
  })();
  done.catch(() => {});
  return {
    heard,
    send(reports) {
      waiting.push(create(ReportRequestSchema, { run, reporter, reports: [...reports] }));
      wake();
    },
    async end() {
      ended = true;
      wake();
      await done;
    },
    async leave() {
      abort.abort();
      await done.catch(() => {});
    },
    async hears(fits, withinMs = 5000) {
      const until = performance.now() + withinMs;
      while (!heard.some(({ part }) => fits(part))) {
        if (performance.now() > until)
          throw new Error(`not heard within ${withinMs} ms: ${JSON.stringify(heard.map(({ part }) => part.case))}`);
        await new Promise<void>((resolve) => {
          heardOne = resolve;
          setTimeout(resolve, 50);
        });
      }
    },
  };
}

/** Reports with numbers of their own. */
export function numbering() {
  let sequence = 0n;
  return (
    step: string,
    change: Report["change"] | { case: "started" | "ended" | "metrics" | "alive"; value: object },
    attempt = 1,
  ): Report => {
    sequence += 1n;
    return create(ReportSchema, { sequence, step, attempt, change: change as Report["change"] });
  };
}
