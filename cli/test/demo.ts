import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type ArtifactVersion, ArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { type Run, RunSchema, Status, type Step, StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";

const start = Date.UTC(2026, 4, 3, 10, 0, 0);

export const id = (last: number): string => `01976f3e-0000-7000-8000-${String(last).padStart(12, "0")}`;

/** A run that completed in 2.1 seconds, unless said otherwise. */
export const aRun = (overrides: Partial<Run> = {}): Run =>
  create(RunSchema, {
    id: id(1),
    name: "brisk-otter",
    project: id(2),
    pipelineName: "penguins",
    snapshot: id(3),
    status: Status.COMPLETED,
    steps: { total: 3, completed: 2, cached: 1 },
    startTime: timestampFromMs(start),
    endTime: timestampFromMs(start + 2100),
    owner: { id: id(9), name: "ada@example.org" },
    ...overrides,
  } as Parameters<typeof create<typeof RunSchema>>[1]);

/** A step that completed in 0.1 seconds, unless said otherwise. */
export const aStep = (overrides: Record<string, unknown> = {}): Step =>
  create(StepSchema, {
    id: id(10),
    run: id(1),
    name: "load",
    attempt: 1,
    status: Status.COMPLETED,
    startTime: timestampFromMs(start),
    endTime: timestampFromMs(start + 100),
    ...overrides,
  });

export const aVersion = (overrides: Record<string, unknown> = {}): ArtifactVersion =>
  create(ArtifactVersionSchema, {
    id: id(20),
    artifactName: "penguins",
    number: 1,
    version: "1",
    digest: `sha256:3fa94c${"0".repeat(58)}`,
    sizeBytes: 67_123n,
    ...overrides,
  });
