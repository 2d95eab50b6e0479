import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Place } from "../place.ts";
import { ground } from "./workspace.ts";

const runs = 100;
const steps = 100;

/** Bursts: a hundred runs of a hundred steps each begin at once and report to their end, a hundred reports to a batch. */
export async function bursts(place: Pick<Place, "client" | "admin">): Promise<() => Promise<void>> {
  const { token, run: make } = await ground(place);
  const reports = place.client(ReportService, token);

  async function live(): Promise<void> {
    const run = await make();
    const reporter = newUuid();
    const names = Array.from({ length: steps }, (_, at) => `step-${at}`);
    const started = names.map((step, at) => ({ sequence: BigInt(at + 1), step, change: { case: "started" as const, value: {} } }));
    const ended = names.map((step, at) => {
      return { sequence: BigInt(steps + at + 1), step, change: { case: "ended" as const, value: { status: Status.COMPLETED } } };
    });
    await reports.batchReport({ run, reporter, reports: started });
    await reports.batchReport({ run, reporter, reports: ended });
    await reports.endRun({ run, ended: { status: Status.COMPLETED } });
  }

  return async () => void (await Promise.all(Array.from({ length: runs }, live)));
}
