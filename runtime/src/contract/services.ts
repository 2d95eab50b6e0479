import type { DescService } from "@bufbuild/protobuf";
import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { CuratedVisualizationService, VisualizationService } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { CodeAccessService } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { RoleBindingService, RoleService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
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
import { ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { HookService } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { StatisticsService } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";

/** The programs of the mesh that own tables. */
export const serviceNames = ["identity", "rbac", "org", "registry", "runs", "artifacts", "credentials"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Control plane or workspace: which of the two a service belongs to, and so which tokens it takes. */
export type Plane = "control" | "workspace";
export const planeOf: Readonly<Record<ServiceName, Plane>> = {
  identity: "control",
  rbac: "control",
  org: "control",
  registry: "workspace",
  runs: "workspace",
  artifacts: "workspace",
  credentials: "workspace",
};

/** What each service answers. The audit log is one contract that the two planes answer apart: org and registry. */
export const contract: Readonly<Record<ServiceName, readonly DescService[]>> = {
  identity: [AuthService, UserService, ServiceAccountService, ApiKeyService],
  rbac: [AuthorizationService, RoleService, RoleBindingService],
  org: [OrganizationService, WorkspaceService, AuditService],
  registry: [
    ProjectService,
    ComponentService,
    StackService,
    FlavorService,
    PipelineService,
    SnapshotService,
    BuildService,
    CodeRepositoryService,
    RunTemplateService,
    ModelService,
    ModelArtifactService,
    ModelVersionService,
    PromotionService,
    TagService,
    SettingsService,
    AuditService,
  ],
  artifacts: [ArtifactService, ArtifactVersionService, VisualizationService, CuratedVisualizationService],
  runs: [
    RunService,
    StepService,
    ReportService,
    WaitConditionService,
    HookService,
    MetricService,
    LineageService,
    ComparisonService,
    StatisticsService,
    RunStateService,
  ],
  credentials: [SecretService, ConnectorService, CodeAccessService],
};

/** Every service of the contract, once. */
export const everyService: readonly DescService[] = [...new Set(serviceNames.flatMap((name) => contract[name]))];

/** The service that answers a contract in a plane. */
export function ownerOf(service: DescService, plane?: Plane): ServiceName {
  const owner = serviceNames.find((name) => contract[name].includes(service) && (plane === undefined || planeOf[name] === plane));
  if (!owner) throw new Error(`no service answers ${service.typeName}`);
  return owner;
}
