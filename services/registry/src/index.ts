import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ComponentService, StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { auditCollector } from "@signalbox/runtime/audit/collect.ts";
import { auditHandlers } from "@signalbox/runtime/audit/handlers.ts";
import { mutation } from "@signalbox/runtime/audit/mutation.ts";
import { refusals } from "@signalbox/runtime/audit/refused.ts";
import { eventHandlers } from "@signalbox/runtime/events/handlers.ts";
import { retention } from "@signalbox/runtime/events/retention.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { outbox } from "@signalbox/runtime/store/outbox.ts";
import { pageTokens } from "@signalbox/runtime/store/page-seal.ts";
import { relay } from "@signalbox/runtime/store/relay.ts";
import { componentHandlers } from "./component/handlers.ts";
import type { Context } from "./context.ts";
import { migrations } from "./migrations/index.ts";
import { modelHandlers } from "./model/handlers.ts";
import { modelVersionHandlers } from "./model-version/handlers.ts";
import { pipelineHandlers } from "./pipeline/handlers.ts";
import { projectHandlers } from "./project/handlers.ts";
import { purging } from "./project/purge.ts";
import { resolvers } from "./resolvers.ts";
import { snapshotHandlers } from "./snapshot/handlers.ts";
import { stackHandlers } from "./stack/handlers.ts";
import type { RegistryTables } from "./tables.ts";

/** What is defined: projects, stacks, pipelines and their snapshots, models and their versions; and the workspaces' audit log. */
export const registry: Assemble = async ({ open, peers, clock, wakeups, meshKeys, policy, log: logger }) => {
  const database = await open<RegistryTables>(migrations);
  const untyped = database as unknown as Database<never>;
  const log = outbox(untyped, "registry", wakeups);
  const onError = (error: unknown) => logger.error({ err: error }, "work beside the calls failed, and is tried again");
  const refused = refusals(database, { service: "registry", clock, onError });
  const context: Context = {
    database,
    mutate: mutation(database, { service: "registry", clock, wakeups }),
    log,
    clock,
    lists: { seal: pageTokens(meshKeys), clock, dialect: database.dialect },
    policy,
    decisions: decisions(policy, peers),
  };

  return {
    serves: [
      serves(ProjectService, projectHandlers(context)),
      serves(ComponentService, componentHandlers(context)),
      serves(StackService, stackHandlers(context)),
      serves(PipelineService, pipelineHandlers(context)),
      serves(SnapshotService, snapshotHandlers(context)),
      serves(ModelService, modelHandlers(context)),
      serves(ModelVersionService, modelVersionHandlers(context)),
      serves(AuditService, auditHandlers(database, { service: "registry", seal: context.lists.seal, clock, policy })),
    ],
    events: eventHandlers(database, "registry"),
    recordRefusal: refused.record,
    resolvers: resolvers(context),
    ready: database.ping,
    duties: [
      (signal) => relay({ database: untyped, outbox: log, wakeups, signal, onError }),
      (signal) => retention(log, signal, { clock, onError }),
      purging({ database, clock, onError }),
      auditCollector({ database, service: "registry", peers, wakeups, policy, onError }),
    ],
    async close() {
      await refused.flush();
      await database.close();
    },
  };
};
