import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Place } from "../place.ts";
import type { Ground } from "./workspace.ts";

/** A whole step in four unary calls: it starts, registers a version, logs a value, completes with its output. One run for each worker and hundred steps. */
export function wholeSteps({ client }: Pick<Place, "client">, { token, project, run }: Ground): (worker: number) => Promise<void> {
  const reports = client(ReportService, token);
  const versions = client(ArtifactVersionService, token);
  const runs = new Map<number, { readonly id: string; left: number }>();
  return async (worker) => {
    let current = runs.get(worker);
    if (!current || current.left === 0) {
      current = { id: await run(), left: 100 };
      runs.set(worker, current);
    }
    current.left -= 1;
    const { id } = current;
    const step = `step-${current.left}`;
    const version = newUuid();
    await reports.startStep({ run: id, step });
    await versions.batchCreateArtifactVersions({ project, versions: [{ id: version, artifact: `bench-${worker}`, uri: "file:///bench" }] });
    const values = { rows: { kind: { case: "integer" as const, value: 344n } } };
    await reports.batchReport({
      run: id,
      reporter: newUuid(),
      reports: [{ sequence: 1n, step, change: { case: "metadata", value: { values } } }],
    });
    await reports.endStep({
      run: id,
      step,
      ended: { status: Status.COMPLETED, outputs: [{ name: "out", artifactVersion: version }] },
    });
  };
}
