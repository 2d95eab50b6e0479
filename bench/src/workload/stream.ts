import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { type ReportRequestSchema, type ReportSchema, ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";

type Reports = MessageInitShape<typeof ReportSchema>[];

/** A stream of reports on one run. */
export interface OpenStream {
  /** Sends reports, numbered by the stream. Resolves when they are durable, with how many milliseconds that took; fails where one was refused. */
  send(reports: Reports): Promise<number>;
  close(): Promise<void>;
}

interface Waiting {
  readonly upto: bigint;
  readonly sentAt: number;
  readonly resolve: (ms: number) => void;
  readonly reject: (error: unknown) => void;
}

export function openStream(transport: Transport, run: string): OpenStream {
  const outgoing: MessageInitShape<typeof ReportRequestSchema>[] = [{ run, reporter: "bench", reports: [] }];
  const waiting: Waiting[] = [];
  let wake = (): void => {};
  let closing = false;
  let sequence = 0n;

  async function* requests() {
    while (true) {
      const next = outgoing.shift();
      if (next) yield next;
      else if (closing) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  async function read(): Promise<void> {
    for await (const { part } of createClient(ReportService, transport).report(requests())) {
      if (part.case === "refused") throw new Error(`report ${part.value.sequence} was refused: ${part.value.reason}`);
      if (part.case !== "acknowledged") continue;
      while (waiting[0] && waiting[0].upto <= part.value) {
        const { resolve, sentAt } = waiting.shift() as Waiting;
        resolve(performance.now() - sentAt);
      }
    }
  }

  const done = read().catch((error: unknown) => {
    for (const { reject } of waiting.splice(0)) reject(error);
    if (!closing) throw error;
  });
  done.catch(() => {});

  return {
    send(reports) {
      const numbered = reports.map((report) => ({ ...report, sequence: ++sequence }));
      outgoing.push({ run, reporter: "bench", reports: numbered });
      wake();
      return new Promise((resolve, reject) => waiting.push({ upto: sequence, sentAt: performance.now(), resolve, reject }));
    },
    async close() {
      closing = true;
      wake();
      await done;
    },
  };
}
