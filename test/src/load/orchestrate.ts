import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Connection } from "@signalbox/sdk";
import type { Ledger } from "./ledger.ts";

const points = 5;

/** A run of two steps, each call by itself, as an orchestrator that keeps no stream reports. */
export async function orchestrate(connection: Connection, ledger: Ledger, project: string): Promise<() => Promise<void>> {
  await connection.client(PipelineService).createPipeline({ project, name: "orchestrated" });
  const { snapshot } = await connection.client(SnapshotService).createSnapshot({ project, pipeline: "orchestrated", dynamic: true });
  const runs = connection.client(RunService);
  const reports = connection.client(ReportService);

  return async () => {
    const id = newUuid();
    const request = { id, project, snapshot: snapshot?.id ?? "", orchestratorRun: id, running: true };
    await ledger.timed("CreateRun", () => runs.createRun(request));
    ledger.acts.push({ method: "signalbox.runs.v1.RunService/CreateRun", subject: id });
    const reporter = newUuid();
    const names = ["extract", "load"];
    for (const step of names) {
      const measured = Array.from({ length: points }, (_, index) => ({ name: "loss", index: BigInt(index), value: index }));
      const facts = { where: { kind: { case: "text" as const, value: step } } };
      await ledger.timed("StartStep", () => reports.startStep({ run: id, step }));
      await ledger.timed("BatchReport", () =>
        reports.batchReport({
          run: id,
          reporter,
          reports: [
            { sequence: 1n, step, change: { case: "metrics", value: { points: measured } } },
            { sequence: 2n, step, change: { case: "metadata", value: { values: facts } } },
          ],
        }),
      );
      await ledger.timed("EndStep", () => reports.endStep({ run: id, step, ended: { status: Status.COMPLETED } }));
    }
    await ledger.timed("EndRun", () => reports.endRun({ run: id, ended: { status: Status.COMPLETED } }));
    ledger.runs.push({ id, steps: names.map((name) => ({ name, points, facts: ["where"], outputs: [] })) });
  };
}
