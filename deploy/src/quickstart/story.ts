import { renderLineage } from "@signalbox/cli/lineage-tree";
import { renderRun } from "@signalbox/cli/run-tree";
import type { PenguinsResult } from "@signalbox/example-penguins";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { LineageDirection, LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Box } from "@signalbox/sdk";

export const color = process.stdout.isTTY && process.env.NO_COLOR === undefined;

/** The run as the server knows it now: a tree of its steps. */
export async function tellRun({ connection }: Box, { run: { id } }: PenguinsResult): Promise<readonly string[]> {
  const [{ run }, { steps }] = await Promise.all([
    connection.client(RunService).getRun({ run: id }),
    connection.client(RunService).listSteps({ run: id }),
  ]);
  if (!run) throw new Error("the server has no run of this id");
  const ids = [...new Set(steps.flatMap(({ outputs }) => outputs.map(({ artifactVersion }) => artifactVersion)))];
  const [{ artifactVersions }, courses] = await Promise.all([
    connection.client(ArtifactVersionService).batchGetArtifactVersions({ ids }),
    Promise.all(
      steps.flatMap(({ name, metrics }) =>
        metrics.map(async (metric) => {
          const { points } = await connection
            .client(MetricService)
            .listMetricPoints({ run: id, step: name, metric: metric.name, maxPoints: 8 });
          return [`${name}/${metric.name}`, points.map(({ value }) => value)] as const;
        }),
      ),
    ),
  ]);
  const byMetric = new Map(courses);
  return ["", ...renderRun(run, steps, artifactVersions, { color, points: (step, metric) => byMetric.get(`${step}/${metric}`) })];
}

/** What the model of a run was made from. */
export async function tellOrigin({ connection }: Box, { run, model, lineage }: PenguinsResult): Promise<readonly string[]> {
  const [walk, { run: made }] = await Promise.all([
    connection.client(LineageService).getLineage({ artifactVersion: lineage.id, direction: LineageDirection.UP }),
    connection.client(RunService).getRun({ run: run.id }),
  ]);
  const { snapshot } = await connection.client(SnapshotService).getSnapshot({ snapshot: made?.snapshot ?? "" });
  return [
    "",
    `${model.model} ${model.number} was made from`,
    ...renderLineage(lineage.id, walk, (of) => (of === run.id ? snapshot?.code : undefined)).map((line) => `  ${line}`),
  ];
}
