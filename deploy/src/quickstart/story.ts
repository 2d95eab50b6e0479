import { renderLineage } from "@signalbox/cli/lineage-tree";
import { renderRun } from "@signalbox/cli/run-tree";
import type { PenguinsResult } from "@signalbox/example-penguins";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { LineageDirection, LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Box } from "@signalbox/sdk";

/** The run as the server knows it now: a tree of its steps, and what its model was made from. */
export async function tellStory(
  { connection }: Box,
  { run: { id }, model, lineage: { id: start } }: PenguinsResult,
): Promise<readonly string[]> {
  const [{ run }, { steps }] = await Promise.all([
    connection.client(RunService).getRun({ run: id }),
    connection.client(RunService).listSteps({ run: id }),
  ]);
  if (!run) throw new Error("the server has no run of this id");
  const ids = [...new Set(steps.flatMap(({ outputs }) => outputs.map(({ artifactVersion }) => artifactVersion)))];
  const [{ artifactVersions }, walk, { snapshot }, courses] = await Promise.all([
    connection.client(ArtifactVersionService).batchGetArtifactVersions({ ids }),
    connection.client(LineageService).getLineage({ artifactVersion: start, direction: LineageDirection.UP }),
    connection.client(SnapshotService).getSnapshot({ snapshot: run.snapshot }),
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
  const color = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return [
    "",
    ...renderRun(run, steps, artifactVersions, { color, points: (step, metric) => byMetric.get(`${step}/${metric}`) }),
    "",
    `${model.model} ${model.number} was made from`,
    ...renderLineage(start, walk, (of) => (of === id ? snapshot?.code : undefined)).map((line) => `  ${line}`),
  ];
}
