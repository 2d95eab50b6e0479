import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import type { ReportRefused, ReportRequestSchema, ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Queue } from "./queue.ts";

export interface Session {
  readonly client: Client<typeof ReportService>;
  readonly run: string;
  readonly reporter: string;
  readonly generation: number;
  readonly queue: Queue;
  /** Whether nothing more will be added. */
  readonly closing: () => boolean;
  readonly heard: (news: News) => void;
}

export interface News {
  readonly run?: Run;
  readonly stop?: { readonly force: boolean };
  /** Whether something that the run waits for was answered. */
  readonly answered?: boolean;
  /** Whether reports were acknowledged. */
  readonly progress?: boolean;
}

/** What was sent is answered within this time, or the stream is dead. */
const silenceMs = 20_000;

/**
 * Reports over one stream until all is reported and the queue closes, or the
 * stream ends. What was not acknowledged stays in the queue. Fails with
 * SILENT where the server takes reports and says nothing.
 */
export async function reportByStream({ client, run, reporter, generation, queue, closing, heard }: Session): Promise<void> {
  const gone = new AbortController();
  let over = false;
  let silent = false;
  let lastHeard = Date.now();
  const watch = setInterval(() => {
    if (queue.sent === 0 || Date.now() - lastHeard < silenceMs) return;
    silent = true;
    gone.abort();
  }, silenceMs / 4);
  watch.unref();

  async function* outgoing(): AsyncGenerator<MessageInitShape<typeof ReportRequestSchema>> {
    yield { run, reporter, generation, reports: [] };
    while (!over) {
      const reports = queue.take();
      if (reports.length > 0) {
        if (queue.sent === reports.length) lastHeard = Date.now();
        yield { run, reporter, generation, reports };
      } else if (closing() && queue.size === 0) return;
      else await queue.work();
    }
  }

  try {
    for await (const { part } of client.report(outgoing(), { signal: gone.signal })) {
      lastHeard = Date.now();
      if (part.case === "refused") queue.refuse(part.value.sequence, refusal(part.value));
      if (part.case === "stop") heard({ stop: part.value });
      if (part.case === "run") heard({ run: part.value });
      if (part.case === "resolved") heard({ answered: true });
      if (part.case === "acknowledged") {
        queue.acknowledge(part.value);
        heard({ progress: true });
        if (closing()) queue.poke();
      }
    }
  } catch (error) {
    if (!silent) throw error;
    throw new SignalboxError({ reason: "SILENT", message: "the server acknowledges nothing", code: Code.Unavailable, cause: error });
  } finally {
    over = true;
    clearInterval(watch);
    queue.poke();
    queue.rewind();
  }
}

/** Reports by calls of their own, for where streams do not get through. */
export async function reportByBatch({ client, run, reporter, generation, queue, closing, heard }: Session): Promise<void> {
  while (!(closing() && queue.size === 0)) {
    const reports = queue.take();
    const last = reports.at(-1);
    if (!last) {
      await queue.work();
      continue;
    }
    try {
      const answer = await client.batchReport({ run, reporter, generation, reports });
      for (const refused of answer.refused) queue.refuse(refused.sequence, refusal(refused));
      queue.acknowledge(last.sequence);
      heard({ progress: true, ...(answer.run && { run: answer.run }), ...(answer.stop && { stop: answer.stop }) });
    } catch (error) {
      queue.rewind();
      throw error;
    }
  }
}

const refusal = ({ reason, message, sequence }: ReportRefused): SignalboxError =>
  new SignalboxError({ reason, message, code: Code.FailedPrecondition, metadata: { sequence: String(sequence) } });
