import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { expect } from "vitest";
import type { Plane } from "../plane.ts";
import { enter, workspace } from "../scene.ts";
import type { KeptRun } from "./ledger.ts";
import type { Load } from "./load.ts";

const atOnce = 8;

/** Everything that was acknowledged is there by what the API says, once, and nothing beside it. */
export async function expectAcknowledged(plane: Pick<Plane, "client" | "admin">, { ledger, project }: Load): Promise<void> {
  const token = await enter(plane, plane.admin, workspace);
  const runs = plane.client(RunService, token);
  const metrics = plane.client(MetricService, token);
  const versions = plane.client(ArtifactVersionService, token);

  async function expectRun({ id: run, steps }: KeptRun): Promise<void> {
    const expected = { status: Status.COMPLETED, inProgress: false, steps: { total: steps.length, completed: steps.length } };
    expect((await runs.getRun({ run })).run).toMatchObject(expected);
    const { steps: found } = await runs.listSteps({ run });
    const facts = (list: typeof found | typeof steps) =>
      list.map((step) => ({
        name: step.name,
        outputs: step.outputs.map((output) => (typeof output === "string" ? output : output.artifactVersion)),
      }));
    expect(facts(found).sort(byName)).toEqual(facts(steps).sort(byName));
    for (const { attempt, status } of found) expect([attempt, status]).toEqual([1, Status.COMPLETED]);
    const { entries } = await metrics.listMetadata({ run, pageSize: 1_000 });
    const told = entries.map(({ step, key }) => `${step} ${key}`).sort();
    expect(told).toEqual(steps.flatMap(({ name, facts }) => facts.map((key) => `${name} ${key}`)).sort());
    for (const { name: step, points } of steps) {
      const course = await metrics.listMetricPoints({ run, step, metric: "loss", maxPoints: 10_000 });
      expect(course.points.map(({ index }) => Number(index))).toEqual(Array.from({ length: points }, (_, index) => index));
    }
    const ids = steps.flatMap(({ outputs }) => outputs);
    if (ids.length === 0) return;
    const { artifactVersions } = await versions.batchGetArtifactVersions({ ids });
    expect(artifactVersions.map(({ id }) => id).sort()).toEqual([...ids].sort());
  }

  const waiting = [...ledger.runs];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await expectRun(next);
    }),
  );
  const outputs = ledger.runs.flatMap(({ steps }) => steps.flatMap((step) => step.outputs));
  const totals = {
    runs: (await runs.listRuns({ project, pageSize: 1, includeTotal: true })).totalSize,
    versions: (await versions.listArtifactVersions({ project, pageSize: 1, includeTotal: true })).totalSize,
  };
  expect(totals).toEqual({ runs: BigInt(ledger.runs.length), versions: BigInt(outputs.length) });
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
