import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { type Event, EventSchema, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { ModelArtifactService } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { StepSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { type Fake, fake, partUnderTest, type TestCaller } from "@signalbox/runtime/testing/part.ts";
import { registryTags } from "@signalbox/runtime/testing/registry-tags.ts";
import { newUuid, newWorld } from "@signalbox/runtime/testing/world.ts";
import { artifacts } from "../src/index.ts";
import type { ArtifactsTables } from "../src/tables.ts";

/** Opens the service's database, and tells of each of its statements. */
const opener =
  (url: string, onQuery: (sql: string) => void): Needs["open"] =>
  async (migrations) => {
    const database = openDatabase<never>(url, { onQuery: ({ sql }) => onQuery(sql) });
    await migrate(database, "artifacts", migrations);
    return database as never;
  };

/** The services that artifacts follows and asks: registry with its projects, and the logs of registry and runs. */
function neighbours(workspace: string) {
  const projects = new Map<string, { name: string; state: ProjectState }>();
  const consistsOf = new Map<string, { readonly model: string; readonly version: string }>();
  const logs: Record<"runs" | "registry", Event[]> = { runs: [], registry: [] };
  const wakeups = memoryWakeups();
  const tags = registryTags(() => workspace);
  let forgotten = false;
  const fakes: Fake[] = [
    fake(ProjectService, {
      resolveProjects: (request) => ({
        projects: request.references.flatMap((reference) => {
          const found = [...projects].find(([id, { name }]) => id === reference || name === reference);
          return found && request.workspace === workspace ? [{ reference, id: found[0], owner: newUuid(), ...found[1] }] : [];
        }),
      }),
    }),
    tags.fakes[0],
    fake(ModelArtifactService, {
      resolveLinkedArtifacts: ({ artifactVersions }) => ({ artifactVersions: artifactVersions.filter((id) => consistsOf.has(id)) }),
      resolveModelArtifacts: ({ model, prefix, modelVersion }) => ({
        artifactVersions: [...consistsOf].flatMap(([id, of]) =>
          of.version === modelVersion || (model !== "" && (prefix ? of.model.startsWith(model) : of.model === model)) ? id : [],
        ),
      }),
    }),
    fake(RunStateService, { batchGetRunStates: ({ runs }) => ({ states: runs.map((run) => ({ run })) }) }),
    fake(EventService, {
      pullEvents({ after, limit, kinds }) {
        if (kinds.includes("tag.changed")) return tags.pull(after);
        const log = logs[kinds.includes("project.deleting") ? "registry" : "runs"];
        const upto = BigInt(log.length);
        if (forgotten) return { upto, resync: after !== upto };
        const events = log.filter(({ sequence, kind }) => sequence > after && kinds.includes(kind)).slice(0, limit);
        return { events, upto: events.length < limit ? upto : (events.at(-1)?.sequence ?? upto) };
      },
    }),
  ];
  return {
    fakes,
    wakeups,
    tags,
    /** From now on the logs begin after all that was written. */
    forget() {
      forgotten = true;
    },
    project(name = `project ${newUuid().slice(-12)}`): string {
      const id = newUuid();
      projects.set(id, { name, state: ProjectState.ACTIVE });
      return id;
    },
    /** A model version consists of an artifact version; its id. */
    link(artifactVersion: string, model: string): string {
      const version = newUuid();
      consistsOf.set(artifactVersion, { model, version });
      return version;
    },
    removeProject: (id: string) => projects.delete(id),
    /** Registry deletes a project, and says so. */
    deleteProject(id: string): void {
      projects.set(id, { name: "", state: ProjectState.DELETING });
      this.tell("registry", { kind: "project.deleting", subject: id });
    },
    /** Writes an event into a log; resolves with its time, which is a report's cursor. */
    tell(log: "runs" | "registry", event: MessageInitShape<typeof EventSchema>): string {
      const time = systemClock();
      logs[log].push(create(EventSchema, { workspace, sequence: BigInt(logs[log].length + 1), time: toTimestamp(time), ...event }));
      wakeups.notify(`${log}.events`);
      return String(time);
    },
    /** Runs reports new edges of a step. */
    edges(step: MessageInitShape<typeof StepSchema>, init: MessageInitShape<typeof EventSchema> = {}): string {
      const payload = toBinary(StepSchema, create(StepSchema, { id: newUuid(), attempt: 1, ...step }));
      return this.tell("runs", { kind: "step.edges", subject: newUuid(), payload, ...init });
    },
  };
}

/** The artifacts service on a database of its own, for one file of tests. */
export async function artifactsOn(dialect: DialectName, onQuery: (sql: string) => void = () => {}) {
  const { url, drop } = await freshDatabase(dialect);
  const world = newWorld();
  const around = neighbours(world.workspace);
  const needs = { open: opener(url, onQuery), wakeups: around.wakeups };
  const part = await partUnderTest({ name: "artifacts", assemble: artifacts, url, world, fakes: around.fakes, needs });
  /** The tables, beside the service. */
  const tables = openDatabase<ArtifactsTables>(url, { poolSize: 2 });
  const { workspace } = world;
  const clients = (as: TestCaller) => ({
    artifacts: part.client(ArtifactService, as),
    versions: part.client(ArtifactVersionService, as),
  });
  const admin = clients({ principal: world.admin, workspace });
  return {
    part,
    world,
    around,
    tables,
    clients,
    admin,
    developer: clients({ principal: world.developer, workspace }),
    viewer: clients({ principal: world.viewer, workspace }),
    stranger: clients({ principal: world.stranger, workspace }),
    /** As a step of a run. */
    step: (run: string, project: string) => clients({ run, project, owner: world.developer, workspace }),

    /** A new version of an artifact; its id. */
    async version(project: string, artifact: string): Promise<string> {
      const { artifactVersions } = await admin.versions.batchCreateArtifactVersions({
        project,
        versions: [{ artifact, uri: `s3://bucket/${artifact}` }],
      });
      return artifactVersions[0]?.id ?? "";
    },

    async close(): Promise<void> {
      await tables.close();
      await part.close();
      await drop();
    },
  };
}

export type ArtifactsUnderTest = Awaited<ReturnType<typeof artifactsOn>>;
