import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";
import type { Place } from "../place.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline } from "./pipeline.ts";

const runs = 100;
const steps = 100;

/** As every client of Signalbox: what is refused because there is too much is asked again later. */
async function patiently<R>(ask: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (toSignalboxError(error).reason !== Reason.OVERLOADED) throw error;
      await sleep(500 + Math.random() * 1_000);
    }
  }
}

/** Bursts: a hundred runs of a hundred steps each begin at once and report to their end, a hundred reports to a batch. */
export async function bursts(stage: Stage, place: Pick<Place, "url" | "client" | "admin">): Promise<() => Promise<void>> {
  const { token, start } = await bringPipeline(stage, place);
  const reports = place.client(ReportService, token);

  async function live(): Promise<void> {
    const { id: run } = await patiently(start);
    const reporter = newUuid();
    const names = Array.from({ length: steps }, (_, at) => `step-${at}`);
    const started = names.map((step, at) => ({ sequence: BigInt(at + 1), step, change: { case: "started" as const, value: {} } }));
    const ended = names.map((step, at) => {
      return { sequence: BigInt(steps + at + 1), step, change: { case: "ended" as const, value: { status: Status.COMPLETED } } };
    });
    await patiently(() => reports.batchReport({ run, reporter, reports: started }));
    await patiently(() => reports.batchReport({ run, reporter, reports: ended }));
    await patiently(() => reports.endRun({ run, ended: { status: Status.COMPLETED } }));
  }

  return async () => void (await Promise.all(Array.from({ length: runs }, live)));
}
