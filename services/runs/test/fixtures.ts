import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { ExecutionMode, type Snapshot, SnapshotSchema, type StepSpecSchema } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { createPolicy, type Policy } from "@signalbox/runtime/policy/policy.ts";
import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { type Fake, fake, type PartUnderTest, partUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, newWorld, teach, type World } from "@signalbox/runtime/testing/world.ts";
import { runs } from "../src/index.ts";
import type { RunsTables } from "../src/tables.ts";

export interface Lab {
  readonly world: World;
  readonly policy: Policy;
  readonly project: string;
  readonly other: string;
  readonly parts: readonly PartUnderTest[];
  readonly database: Database<RunsTables>;
  readonly url: string;
  /** Makes a snapshot that registry knows. */
  snapshot(overrides?: Partial<Omit<Snapshot, "$typeName" | "steps">> & { steps?: readonly StepOf[] }): string;
  /** Makes a run and answers with its id. */
  run(snapshot?: string): Promise<string>;
  close(): Promise<void>;
}

export type StepOf = string | readonly [name: string, ...upstream: string[]] | MessageInitShape<typeof StepSpecSchema>;

/** Some replicas of the service on one database, with a registry that knows two projects and the snapshots made here. */
export async function lab(
  dialect: DialectName,
  replicas = 1,
  others: readonly Fake[] = [],
  onQuery: (sql: string) => void = () => {},
): Promise<Lab> {
  const fresh = await freshDatabase(dialect);
  const world = newWorld();
  const policy = createPolicy();
  teach(policy, world);
  const project = newUuid();
  const other = newUuid();
  const pipeline = newUuid();
  const snapshots = new Map<string, Snapshot>();
  const open: Needs["open"] = async (migrations) => {
    const opened = openDatabase<never>(fresh.url, { onQuery: ({ sql }) => onQuery(sql) });
    await migrate(opened, "runs", migrations);
    return opened as never;
  };
  const shared: Partial<Needs> = { open, wakeups: memoryWakeups(), meshKeys: parseKeyring(newKeyringEntry("m1")), policy };
  const fakes = [registryProjects([project, other]), registrySnapshots(snapshots), registryPipelines(pipeline), ...others];
  const parts: PartUnderTest[] = [];
  for (let i = 0; i < replicas; i++) {
    parts.push(await partUnderTest({ name: "runs", assemble: runs, url: fresh.url, world, fakes, needs: shared }));
  }
  const database = openDatabase<RunsTables>(fresh.url);
  const [first] = parts as [PartUnderTest];

  const made: Lab = {
    world,
    policy,
    project,
    other,
    parts,
    database,
    url: fresh.url,
    snapshot({ steps = [], ...overrides } = {}) {
      const id = newUuid();
      const specs = steps.map((step) => {
        if (typeof step === "string") return { name: step };
        return Array.isArray(step) ? { name: step[0], upstream: step.slice(1) } : (step as MessageInitShape<typeof StepSpecSchema>);
      });
      const init = { id, project, pipeline, pipelineName: "penguins", executionMode: ExecutionMode.FAIL_FAST, ...overrides, steps: specs };
      snapshots.set(id, create(SnapshotSchema, { dynamic: specs.length === 0, ...init }));
      return id;
    },
    async run(snapshot = made.snapshot()) {
      const client = first.client(RunService, as(made));
      const { run } = await client.createRun({ id: newUuid(), project, snapshot, running: true });
      return run?.id ?? "";
    },
    async close() {
      for (const part of parts) await part.close();
      await database.close();
      await fresh.drop();
    },
  };
  return made;
}

/** A registry that knows a model and its versions. */
export const registryModel = (name: string, versions: readonly string[]): Fake =>
  fake(ModelVersionService, {
    resolveModelVersions: ({ model, prefix }) => ({
      modelVersions: (prefix ? name.startsWith(model) : name === model) ? [...versions] : [],
    }),
  });

export const as = ({ world }: Pick<Lab, "world">) => ({ principal: world.developer, workspace: world.workspace });

export const runClient = (of: Lab, replica = 0) => (of.parts[replica] as PartUnderTest).client(RunService, as(of));
export const reportClient = (of: Lab, replica = 0) => (of.parts[replica] as PartUnderTest).client(ReportService, as(of));

function registryProjects(known: readonly string[]): Fake {
  return fake(ProjectService, {
    resolveProjects: ({ references }) => ({
      projects: references.filter((id) => known.includes(id)).map((id) => ({ id, name: id, state: ProjectState.ACTIVE, owner: newUuid() })),
    }),
  });
}

const registrySnapshots = (snapshots: ReadonlyMap<string, Snapshot>): Fake =>
  fake(SnapshotService, {
    resolveSnapshots: ({ ids }) => ({ snapshots: ids.flatMap((id) => snapshots.get(id) ?? []) }),
  });

const registryPipelines = (pipeline: string): Fake =>
  fake(PipelineService, {
    resolvePipelines: ({ names, prefix }) => ({
      ids: names.includes("penguins") || (prefix && "penguins".startsWith(prefix)) ? [pipeline] : [],
    }),
  });
