import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import type { Run, Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Points } from "../output/step-facts.ts";
import { allItems } from "../pages.ts";
import type { Connection } from "../session.ts";

/** The steps of a run, in the order in which they were first reported. */
export function readSteps({ client }: Connection, run: string, allAttempts: boolean): Promise<Step[]> {
  return allItems(async (page) => {
    const answer = await client(RunService).listSteps({ run, allAttempts, ...page });
    return { items: answer.steps, nextPageToken: answer.nextPageToken };
  });
}

const batch = 1000;

/** The artifact versions that steps produced, those among them that may be read. */
export async function readOutputs(connection: Connection, steps: readonly Step[]): Promise<ArtifactVersion[]> {
  return readVersions(
    connection,
    steps.flatMap(({ outputs }) => outputs.map(({ artifactVersion }) => artifactVersion)),
  );
}

/** Artifact versions by id, those among them that may be read. */
export async function readVersions({ client }: Connection, ids: readonly string[]): Promise<ArtifactVersion[]> {
  const distinct = [...new Set(ids)];
  const found: ArtifactVersion[] = [];
  for (let start = 0; start < distinct.length; start += batch) {
    const answer = await client(ArtifactVersionService).batchGetArtifactVersions({ ids: distinct.slice(start, start + batch) });
    found.push(...answer.artifactVersions);
  }
  return found;
}

const drawnPoints = 8;
const drawnMetrics = 3;
const mostLines = 50;
const atOnce = 8;

/** The course of the metrics that fit on the lines of a run, a few points each; the first 50 of them, because each is a call. */
export async function readPoints({ client }: Connection, run: Run, steps: readonly Step[]): Promise<Points> {
  const courses = new Map<string, readonly number[]>();
  const wanted = steps
    .flatMap(({ name, attempt, metrics }) =>
      metrics.slice(0, drawnMetrics).flatMap((metric) => (metric.count > 1n ? [{ step: name, attempt, metric: metric.name }] : [])),
    )
    .slice(0, mostLines);
  const readNext = async (): Promise<void> => {
    for (let next = wanted.shift(); next; next = wanted.shift()) {
      const { points } = await client(MetricService).listMetricPoints({ run: run.id, maxPoints: drawnPoints, ...next });
      courses.set(
        courseKey(next.step, next.metric),
        points.map(({ value }) => value),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, readNext));
  return (step, metric) => courses.get(courseKey(step, metric));
}

const courseKey = (step: string, metric: string): string => JSON.stringify([step, metric]);
