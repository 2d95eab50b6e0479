import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { SettingsService } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService, StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { RunSchema, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { partUnderTest, type TestCaller } from "@signalbox/runtime/testing/part.ts";
import { newUuid, newWorld } from "@signalbox/runtime/testing/world.ts";
import { registry } from "../src/index.ts";
import { kinds, takeIn } from "../src/run/take-in.ts";
import type { RegistryTables } from "../src/tables.ts";

/** Opens the service's database, and tells of each of its statements. */
const opener =
  (url: string, onQuery: (sql: string) => void): Needs["open"] =>
  async (migrations) => {
    const database = openDatabase<never>(url, { onQuery: ({ sql }) => onQuery(sql) });
    await migrate(database, "registry", migrations);
    return database as never;
  };

/** The registry service on a database of its own, for one file of tests. */
interface Heard {
  readonly id: string;
  readonly project: string;
  readonly pipeline: string;
  readonly snapshot?: string;
  readonly name?: string;
  readonly status?: Status;
}

export async function registryOn(dialect: DialectName, given: Partial<Needs> = {}, onQuery: (sql: string) => void = () => {}) {
  const { url, drop } = await freshDatabase(dialect);
  const world = newWorld();
  const part = await partUnderTest({ name: "registry", assemble: registry, url, world, needs: { open: opener(url, onQuery), ...given } });
  /** The tables, beside the service. */
  const tables = openDatabase<RegistryTables>(url, { poolSize: 2 });
  const { workspace } = world;
  const clients = (as: TestCaller) => ({
    projects: part.client(ProjectService, as),
    components: part.client(ComponentService, as),
    stacks: part.client(StackService, as),
    flavors: part.client(FlavorService, as),
    pipelines: part.client(PipelineService, as),
    snapshots: part.client(SnapshotService, as),
    builds: part.client(BuildService, as),
    codeRepositories: part.client(CodeRepositoryService, as),
    templates: part.client(RunTemplateService, as),
    models: part.client(ModelService, as),
    versions: part.client(ModelVersionService, as),
    promotions: part.client(PromotionService, as),
    tags: part.client(TagService, as),
    settings: part.client(SettingsService, as),
  });
  const admin = clients({ principal: world.admin, workspace });
  return {
    part,
    world,
    tables,
    clients,
    admin,
    developer: clients({ principal: world.developer, workspace }),
    viewer: clients({ principal: world.viewer, workspace }),
    stranger: clients({ principal: world.stranger, workspace }),
    /** As the runs service, on its own account. */
    runs: clients({ service: "runs" }),

    /** A new project's id. */
    async project(name = `project ${newUuid().slice(-12)}`): Promise<string> {
      const { project } = await admin.projects.createProject({ name });
      return project?.id ?? "";
    },

    /** A new pipeline's id. */
    async pipeline(project: string, name = `pipeline ${newUuid().slice(-12)}`): Promise<string> {
      const { pipeline } = await admin.pipelines.createPipeline({ project, name });
      return pipeline?.id ?? "";
    },

    async model(project: string, name = `model ${newUuid().slice(-12)}`): Promise<string> {
      const { model } = await admin.models.createModel({ project, name });
      return model?.id ?? "";
    },

    async component(type: ComponentType, name = `component ${newUuid().slice(-12)}`): Promise<string> {
      const { component } = await admin.components.createComponent({ name, type, flavor: "local" });
      return component?.id ?? "";
    },

    /** Has registry hear of a run. */
    async heard({ id, status = Status.RUNNING, snapshot = newUuid(), ...of }: Heard): Promise<void> {
      const run = create(RunSchema, {
        ...{ ...of, id, snapshot, status, index: 1n, revision: 1n },
        ...{ owner: { id: world.admin }, createTime: toTimestamp(1e6) },
      });
      const event = create(EventSchema, { workspace, kind: kinds.status, subject: id, payload: toBinary(RunSchema, run) });
      await tables.transact((trx) => takeIn(trx, [event]));
    },

    /** An orchestrator and an artifact store: enough for a stack. */
    async parts(): Promise<string[]> {
      return [await this.component(ComponentType.ORCHESTRATOR), await this.component(ComponentType.ARTIFACT_STORE)];
    },

    async close(): Promise<void> {
      await tables.close();
      await part.close();
      await drop();
    },
  };
}

export type RegistryUnderTest = Awaited<ReturnType<typeof registryOn>>;
