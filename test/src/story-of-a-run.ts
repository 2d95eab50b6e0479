import { ArtifactType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { LineageDirection, LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Plane } from "./plane.ts";
import type { Tell } from "./telling.ts";

/** A document that only survives where it is kept as it is. */
export const awkwardJson = '{"z": 1, "a": 123456789012345678901234567890, "z": 1e400, "u": "\\u0000\\ud83d", "e": "\u{1f600}", "n": [ ]}';
const at = (second: number, micros: number) => ({ seconds: BigInt(1_700_000_000 + second), nanos: micros * 1_000 });

/** A run with awkward names, numbers and texts, from its start to its failure, and what can be read of it then. */
export async function aboutRuns(plane: Plane, token: string, project: string, tell: Tell): Promise<void> {
  const { client } = plane;
  const runs = client(RunService, token);
  const reports = client(ReportService, token);
  const versions = client(ArtifactVersionService, token);
  await tell("pipeline", () => client(PipelineService, token).createPipeline({ project, name: "Story \u{1f600}" }));
  const snapshot = newUuid();
  const configuration = { text: awkwardJson };
  const made = { id: snapshot, project, pipeline: "Story \u{1f600}", dynamic: true, configuration };
  await tell("snapshot", () => client(SnapshotService, token).createSnapshot(made));
  await tell("snapshot again", () => client(SnapshotService, token).createSnapshot(made));
  const [run, other] = [newUuid(), newUuid()];
  await tell("run", () =>
    runs.createRun({ id: run, project, snapshot, name: "Run \u{1f600}", running: true, parameters: { text: awkwardJson } }),
  );
  await tell("run again", () =>
    runs.createRun({ id: run, project, snapshot, name: "Run \u{1f600}", running: true, parameters: { text: awkwardJson } }),
  );
  await tell("run in small letters", () => runs.createRun({ id: other, project, snapshot, name: "run \u{1f600}", running: true }));

  const [first, second] = [newUuid(), newUuid()];
  const sizes = [0n, 9_007_199_254_740_991n, 9_223_372_036_854_775_807n];
  for (const sizeBytes of sizes) {
    const version = { artifact: "Sized", uri: "file:///sized", sizeBytes, itemCount: 0n };
    await tell(`size ${sizeBytes}`, () => versions.batchCreateArtifactVersions({ project, versions: [version] }));
  }
  const data = { type: ArtifactType.DATA, dataType: "\u{1f600}", uri: "file:///\u00e9", metadata: awkwardValues() };
  const batch = [
    { id: first, artifact: "Data", version: "One", ...data },
    { id: second, artifact: "data", version: "one", uri: "file:///e\u0301" },
  ];
  await tell("versions", () => versions.batchCreateArtifactVersions({ project, versions: batch }));
  await tell("versions again", () => versions.batchCreateArtifactVersions({ project, versions: batch }));
  await tell("latest", () => versions.findArtifactVersion({ project, artifact: "Data", version: "latest" }));
  await tell("one", () => versions.findArtifactVersion({ project, artifact: "Data", version: "one" }));

  await tell("start load", () =>
    reports.startStep({ run, step: "load", time: at(0, 123_456), started: { parameters: { text: awkwardJson }, cacheKey: "\u{1f600}" } }),
  );
  await tell("log", () =>
    reports.batchReport({
      run,
      reporter: newUuid(),
      reports: [
        { sequence: 1n, step: "load", time: at(1, 1), change: { case: "metadata", value: { values: awkwardValues() } } },
        { sequence: 2n, step: "load", time: at(1, 999_999), change: { case: "metrics", value: { points: awkwardPoints() } } },
        { sequence: 3n, step: "nowhere", time: at(2, 0), change: { case: "alive", value: {} } },
      ],
    }),
  );
  await tell("end load", () =>
    reports.endStep({
      run,
      step: "load",
      time: at(2, 654_321),
      ended: {
        status: Status.COMPLETED,
        outputs: [
          { name: "Out", artifactVersion: first },
          { name: "out", artifactVersion: second },
        ],
      },
    }),
  );
  await tell("end load again", () => reports.endStep({ run, step: "load", time: at(2, 654_321), ended: { status: Status.FAILED } }));
  await tell("start Load", () =>
    reports.startStep({
      run,
      step: "Load",
      time: at(3, 0),
      started: { upstream: ["load"], inputs: [{ name: "in", artifactVersion: first, kind: InputKind.STEP_OUTPUT }] },
    }),
  );
  const exception = { type: "E\u{1f600}", message: "m".repeat(16_384), traceback: "t".repeat(65_536) };
  await tell("fail Load", () => reports.endStep({ run, step: "Load", time: at(4, 5), ended: { status: Status.FAILED, exception } }));
  await tell("end run", () => reports.endRun({ run, time: at(5, 999_999), ended: { status: Status.FAILED, reason: "\u{1f600}" } }));
  await tell("end run again", () => reports.endRun({ run, time: at(6, 0), ended: { status: Status.COMPLETED } }));

  await tell("the run", () => runs.getRun({ run }));
  await tell("its steps", () => runs.listSteps({ run }));
  await tell("its graph", () => runs.getRunGraph({ run }));
  await tell("its metadata", () => client(MetricService, token).listMetadata({ run }));
  for (const metric of ["Loss", "loss", "\u{1f600}", "nothing"])
    await tell(`points of ${metric}`, () => client(MetricService, token).listMetricPoints({ run, step: "load", metric }));
  for (const direction of [LineageDirection.UP, LineageDirection.DOWN])
    await tell(`lineage ${direction}`, () => client(LineageService, token).getLineage({ artifactVersion: first, direction }));
  await tell("cached", () => runs.findCachedSteps({ project, cacheKeys: ["\u{1f600}"] }));
  const filters = [
    "",
    "status = FAILED",
    "in_progress = true",
    'name = "Run*"',
    'name = "run*"',
    "start_time > 2023-01-01",
    'pipeline.name = "Story \u{1f600}"',
    'pipeline.name = "story \u{1f600}"',
    "index > 1",
    "index = 9007199254740993",
  ];
  for (const filter of filters)
    for (const orderBy of ["name", "index desc", "end_time desc, name"])
      await tell(`runs ${filter} by ${orderBy}`, () => runs.listRuns({ project, filter, orderBy, includeTotal: true }));
  for (const filter of [
    "",
    "size_bytes > 1",
    "size_bytes = 9007199254740991",
    'uri = "file:///\u00e9"',
    'artifact_name = "data"',
    "type = DATA",
    "artifact = Data",
  ]) {
    await tell(`artifact versions ${filter}`, () => versions.listArtifactVersions({ project, filter, includeTotal: true }));
  }
  await tell("artifacts", () => client(ArtifactService, token).listArtifacts({ project, orderBy: "name" }));
}

const awkwardPoints = () => [
  { name: "Loss", index: 0n, value: 0.1, time: at(1, 1) },
  { name: "loss", index: 1n, value: -0, time: at(1, 2) },
  { name: "loss", index: 2n, value: 1.7976931348623157e308, time: at(1, 3) },
  { name: "loss", index: 3n, value: 5e-324, time: at(1, 4) },
  { name: "\u{1f600}", index: 9_007_199_254_740_991n, value: 0.30000000000000004, time: at(1, 5) },
];

const awkwardValues = () => ({
  text: { kind: { case: "text" as const, value: "\u{1f600}".repeat(16_384) } },
  Text: { kind: { case: "text" as const, value: "" } },
  most: { kind: { case: "integer" as const, value: 9_223_372_036_854_775_807n } },
  least: { kind: { case: "integer" as const, value: -9_223_372_036_854_775_808n } },
  odd: { kind: { case: "integer" as const, value: 9_007_199_254_740_993n } },
  tiny: { kind: { case: "number" as const, value: 5e-324 } },
  huge: { kind: { case: "number" as const, value: -1.7976931348623157e308 } },
  sum: { kind: { case: "number" as const, value: 0.1 + 0.2 } },
  flag: { kind: { case: "flag" as const, value: false } },
  texts: { kind: { case: "texts" as const, value: { items: ["", "\u{1f600}", "e\u0301"] } } },
  numbers: { kind: { case: "numbers" as const, value: { items: [0.1, -1e-300, 3] } } },
  json: { kind: { case: "json" as const, value: { text: awkwardJson } } },
});
