import { ArtifactType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { type Pipeline, stepName } from "./pipeline.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const atOnce = 100;

/** A run of so many steps, each after two others, with an artifact between each two, a fact and a metric of so many points; completed. */
export async function largeRun({ connection, project, start }: Pipeline, steps: number, points: number): Promise<string> {
  const { id: run } = await start();
  const reports = connection.client(ReportService);
  const versions = connection.client(ArtifactVersionService);
  const outputs = Array.from({ length: steps }, () => toUuid(newId()));
  let sequence = 0n;
  for (let from = 0; from < steps; from += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, steps - from) }, (_, at) => from + at);
    const made = places.map((at) => ({
      ...{ id: outputs[at] as string, artifact: `${stepName(at)}-output`, type: ArtifactType.DATA, digest, sizeBytes: 4096n },
      ...{ uri: `file:///srv/artifacts/${outputs[at]}/data.json`, dataType: "object", serializer: "json" },
    }));
    await versions.batchCreateArtifactVersions({ project, run, versions: made });
    const told = places.flatMap((at) => {
      const before = [at - 1, at - 10].filter((each) => each >= 0);
      const inputs = before.map((each) => ({ name: `input-${at - each}`, artifactVersion: outputs[each] as string }));
      const values = { rows: { kind: { case: "integer" as const, value: BigInt(at) } } };
      const loss = Array.from({ length: points }, (_, index) => ({ name: "loss", index: BigInt(index), value: 1 / (1 + at + index) }));
      const ended = { status: Status.COMPLETED, outputs: [{ name: "output", artifactVersion: outputs[at] as string }] };
      return [
        { case: "started" as const, value: { codeHash: digest, upstream: before.map(stepName), inputs } },
        { case: "metadata" as const, value: { values } },
        { case: "metrics" as const, value: { points: loss } },
        { case: "ended" as const, value: ended },
      ].map((change) => ({ sequence: ++sequence, step: stepName(at), change }));
    });
    const { refused } = await reports.batchReport({ run, reporter: "bench", reports: told });
    if (refused.length > 0) throw new Error(`a report was refused: ${refused[0]?.message}`);
  }
  await reports.endRun({ run, ended: { status: Status.COMPLETED } });
  return run;
}
