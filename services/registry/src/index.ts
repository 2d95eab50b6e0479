import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { ModelArtifactService } from "@signalbox/gen/signalbox/registry/v1/model_artifact_service_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { SettingsService } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { ComponentService, StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { auditCollector } from "@signalbox/runtime/audit/collect.ts";
import { auditHandlers } from "@signalbox/runtime/audit/handlers.ts";
import { type Assemble, serves } from "@signalbox/runtime/host/part.ts";
import { storedPart } from "@signalbox/runtime/host/stored-part.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import { purging } from "@signalbox/runtime/resource/purge.ts";
import { countingTags } from "@signalbox/runtime/resource/tags/counting.ts";
import { tidying } from "@signalbox/runtime/resource/tags/follow.ts";
import { buildHandlers } from "./build/handlers.ts";
import { codeRepositoryHandlers } from "./code-repository/handlers.ts";
import { followConnectors } from "./component/following.ts";
import { componentHandlers } from "./component/handlers.ts";
import type { Context } from "./context.ts";
import { bringingFlavors } from "./flavor/built-in.ts";
import { flavorHandlers } from "./flavor/handlers.ts";
import { migrations } from "./migrations/index.ts";
import { modelHandlers } from "./model/handlers.ts";
import { modelArtifactHandlers } from "./model-artifact/handlers.ts";
import { modelVersionHandlers } from "./model-version/handlers.ts";
import { purgePipelines } from "./pipeline/delete.ts";
import { pipelineHandlers } from "./pipeline/handlers.ts";
import { projectHandlers } from "./project/handlers.ts";
import { purgeRound } from "./project/purge.ts";
import { promotionHandlers } from "./promotion/handlers.ts";
import { resolvers } from "./resolvers.ts";
import { followRuns } from "./run/following.ts";
import { runTemplateHandlers } from "./run-template/handlers.ts";
import { notingActivity } from "./settings/activity.ts";
import { settingsHandlers } from "./settings/handlers.ts";
import { snapshotHandlers } from "./snapshot/handlers.ts";
import { stackHandlers } from "./stack/handlers.ts";
import type { RegistryTables } from "./tables.ts";
import { followCounts, ownKinds } from "./tag/counts.ts";
import { tagHandlers } from "./tag/handlers.ts";
import { ownTags } from "./tag/want.ts";

/** What is defined: projects, stacks and flavors, pipelines, their snapshots and builds, models and their versions; and the workspaces' audit log. */
export const registry: Assemble = async (needs) => {
  const { open, peers, clock, wakeups, policy } = needs;
  const database = await open<RegistryTables>(migrations);
  const { log, mutate, lists, onError, part } = storedPart(needs, "registry", database);
  const bringFlavors = bringingFlavors(database, clock);
  const own = { database, mutate, log, clock, lists, policy, decisions: decisions(policy, peers), bringFlavors };
  const context: Context = { ...own, want: ownTags(own) };
  const noting = notingActivity({ database, clock, onError });

  return {
    ...part,
    serves: [
      serves(ProjectService, noting(projectHandlers(context))),
      serves(ComponentService, noting(componentHandlers(context))),
      serves(StackService, noting(stackHandlers(context))),
      serves(FlavorService, noting(flavorHandlers(context))),
      serves(PipelineService, noting(pipelineHandlers(context))),
      serves(SnapshotService, noting(snapshotHandlers(context))),
      serves(BuildService, noting(buildHandlers(context))),
      serves(CodeRepositoryService, noting(codeRepositoryHandlers(context))),
      serves(RunTemplateService, noting(runTemplateHandlers(context))),
      serves(ModelService, noting(modelHandlers(context))),
      serves(ModelArtifactService, noting(modelArtifactHandlers(context))),
      serves(ModelVersionService, noting(modelVersionHandlers(context))),
      serves(PromotionService, noting(promotionHandlers(context))),
      serves(TagService, noting(tagHandlers(context))),
      serves(SettingsService, noting(settingsHandlers(context))),
      serves(AuditService, auditHandlers(database, { service: "registry", lists, policy })),
    ],
    resolvers: resolvers(context),
    duties: [
      ...part.duties,
      purging(database, "registry", (leading) => purgeRound(context, leading).then(() => purgePipelines(context, leading)), onError),
      followRuns({ database, peers, wakeups, log: needs.log }),
      followConnectors({ database, clock, peers, wakeups, log: needs.log }),
      tidying({ database, service: "registry", clock, onError }),
      countingTags({ database, outbox: log, clock, kinds: ownKinds }, onError),
      followCounts({ database, peers, wakeups, onError }, "runs"),
      followCounts({ database, peers, wakeups, onError }, "artifacts"),
      auditCollector({ database, service: "registry", peers, wakeups, policy, onError }),
    ],
  };
};
