import { createClient, type Transport } from "@connectrpc/connect";
import { ArtifactType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { type StartedRun, stepName } from "./pipeline.ts";

/** By which way a step reaches each service. */
export interface Ways {
  readonly runs: Transport;
  readonly artifacts: Transport;
}

const digest = `sha256:${"ab".repeat(32)}`;

/** Steps of a run, one after another: each starts, registers a version of its output, notes a fact and completes, in four calls. Artifacts are called by the step, after the prefix. */
export function wholeSteps({ runs, artifacts }: Ways, { id: run, project }: StartedRun, prefix = ""): () => Promise<void> {
  const report = createClient(ReportService, runs);
  const versions = createClient(ArtifactVersionService, artifacts);
  let count = 0;
  return async () => {
    const step = stepName(count++);
    await report.startStep({ run, step, started: { codeHash: digest } });
    const version = toUuid(newId());
    await versions.batchCreateArtifactVersions({ project, run, step, versions: [outputOf(version, `${prefix}${step}`)] });
    const values = { rows: { kind: { case: "integer" as const, value: 128n } } };
    await report.batchReport({
      run,
      reporter: "bench",
      reports: [{ sequence: BigInt(count), step, change: { case: "metadata", value: { values } } }],
    });
    await report.endStep({ run, step, ended: { status: Status.COMPLETED, outputs: [{ name: "output", artifactVersion: version }] } });
  };
}

const outputOf = (id: string, step: string) => ({
  ...{ id, artifact: `${step}-output`, type: ArtifactType.DATA, uri: `file:///srv/artifacts/${id}/data.json` },
  ...{ dataType: "object", serializer: "json", digest, sizeBytes: 4096n },
});
