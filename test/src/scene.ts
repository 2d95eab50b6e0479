import { VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { CuratedVisualizationService, VisualizationService } from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { BuildService } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService, StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { HookService } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Plane } from "./plane.ts";

/** What the scene is set in, however it runs. */
type Stage = Pick<Plane, "client" | "admin">;

/** The first organization and workspace of every installation. */
export const organization = "00000000-0000-7000-8000-000000000002";
export const workspace = "00000000-0000-7000-8000-000000000003";

const password = "a-password-for-tests";

/** A person with a role, and tokens of theirs. */
export interface Person {
  readonly id: string;
  /** For the control plane. */
  readonly control: string;
  /** For the workspace that was named. */
  readonly inWorkspace: string;
}

/** A token for a workspace, got for one for the control plane. */
export async function enter({ client }: Pick<Plane, "client">, control: string, into: string): Promise<string> {
  const { accessToken } = await client(AuthService).exchangeToken({ credential: control, workspace: into });
  return accessToken;
}

/** Makes a person who belongs to an organization and has a role in one of its workspaces, or nowhere. */
export async function person(
  plane: Pick<Plane, "client" | "admin">,
  name: string,
  role: string | undefined,
  home = organization,
  place = workspace,
): Promise<Person> {
  const { client, admin } = plane;
  const { user } = await client(UserService, admin).createUser({
    organization: home,
    userName: `${name}-${newUuid().slice(-8)}`,
    password,
  });
  const id = user?.id ?? "";
  if (role)
    await client(RoleBindingService, admin).createRoleBinding({ principal: id, role, scope: { organization: home, workspace: place } });
  const control = await firstSignIn(plane, user?.userName ?? "", password);
  return { id, control, inWorkspace: role ? await enter(plane, control, place) : "" };
}

/** A token for the control plane of a user who signs in for the first time, and chooses a password of their own. */
export async function firstSignIn({ client }: Pick<Stage, "client">, userName: string, password: string): Promise<string> {
  const token = async (secret: string) => (await client(AuthService).signIn({ userName, password: secret })).tokens?.accessToken ?? "";
  const newPassword = `${password}, my own`;
  await client(AuthService, await token(password)).changePassword({ password, newPassword });
  return token(newPassword);
}

/** Another organization with a workspace of its own. */
export async function elsewhere({ client, admin }: Stage): Promise<{ readonly organization: string; readonly workspace: string }> {
  const suffix = newUuid().slice(-8);
  const { organization: made } = await client(OrganizationService, admin).createOrganization({ name: `other-${suffix}` });
  const id = made?.id ?? "";
  const { workspace: its } = await client(WorkspaceService, admin).createWorkspace({ organization: id, name: `other-${suffix}` });
  return { organization: id, workspace: its?.id ?? "" };
}

/** One of everything, by the names that request fields have for it. */
export async function oneOfEverything(plane: Stage): Promise<Readonly<Record<string, string>>> {
  const { client, admin } = plane;
  const token = await enter(plane, admin, workspace);
  const { project } = await client(ProjectService, token).createProject({ name: "scene" });
  const projectId = project?.id ?? "";
  const components = await Promise.all(
    ([ComponentType.ORCHESTRATOR, ComponentType.ARTIFACT_STORE] as const).map(async (type) => {
      const { component } = await client(ComponentService, token).createComponent({ name: `part-${type}`, type, flavor: "local" });
      return component?.id ?? "";
    }),
  );
  const { flavor } = await client(FlavorService, token).createFlavor({ name: "scene", type: ComponentType.ALERTER });
  const { stack } = await client(StackService, token).createStack({ name: "scene", components });
  const { pipeline } = await client(PipelineService, token).createPipeline({ project: projectId, name: "scene" });
  const { snapshot } = await client(SnapshotService, token).createSnapshot({ project: projectId, pipeline: "scene", dynamic: true });
  const { build } = await client(BuildService, token).createBuild({
    project: projectId,
    images: { orchestrator: { image: "registry.example/scene:1", dockerfile: "FROM scratch" } },
  });
  const { runTemplate } = await client(RunTemplateService, token).createRunTemplate({
    ...{ project: projectId, name: "scene", snapshot: snapshot?.id ?? "" },
  });
  const { run } = await client(RunService, token).createRun({ project: projectId, snapshot: snapshot?.id ?? "", running: true });
  const runId = run?.id ?? "";
  const { artifactVersions } = await client(ArtifactVersionService, token).batchCreateArtifactVersions({
    project: projectId,
    versions: [{ artifact: "scene", uri: "file:///scene" }],
  });
  const [version] = artifactVersions;
  const shown = { artifactVersion: version?.id ?? "", type: VisualizationType.HTML, uri: "file:///scene.html" };
  const { visualization } = await client(VisualizationService, token).createVisualization(shown);
  const { curatedVisualization } = await client(CuratedVisualizationService, token).createCuratedVisualization({
    ...{ project: projectId, visualization: visualization?.id ?? "", resourceKind: ResourceKind.PROJECT, resource: projectId },
  });
  await client(ReportService, token).startStep({ run: runId, step: "scene" });
  await client(ReportService, token).endStep({
    run: runId,
    step: "scene",
    ended: { status: 9, outputs: [{ name: "out", artifactVersion: version?.id ?? "" }] },
  });
  const { waitCondition } = await client(WaitConditionService, token).createWaitCondition({ run: runId, name: "scene" });
  const { hookInvocation } = await client(HookService, token).recordHookInvocation({ run: runId, type: 11, name: "scene", status: 9 });
  const { codeRepository } = await client(CodeRepositoryService, token).createCodeRepository({ project: projectId, name: "scene" });
  const { model } = await client(ModelService, token).createModel({ project: projectId, name: "scene" });
  const { modelVersion } = await client(ModelVersionService, token).createModelVersion({ project: projectId, model: "scene" });
  const { promotion } = await client(PromotionService, token).requestPromotion({ modelVersion: modelVersion?.id ?? "", stage: 2 });
  const { tag } = await client(TagService, token).createTag({ name: "scene" });
  const { secret } = await client(SecretService, token).createSecret({ name: "scene", values: { password: "canary-of-the-scene" } });
  const { connector } = await client(ConnectorService, token).createConnector({
    name: "scene",
    oauthClient: { tokenUrl: "http://127.0.0.1:9/token", clientId: "scene" },
    secret: "canary-of-the-connector",
  });
  const { serviceAccount } = await client(ServiceAccountService, admin).createServiceAccount({ organization, name: "scene" });
  const { apiKey } = await client(ApiKeyService, admin).createApiKey({ principal: serviceAccount?.id ?? "", name: "scene" });
  const { roleBinding } = await client(RoleBindingService, admin).createRoleBinding({
    principal: serviceAccount?.id ?? "",
    role: "workspace-viewer",
    scope: { organization, workspace },
  });
  const { user } = await client(UserService, admin).createUser({ organization, userName: "scene", password });
  return {
    organization,
    workspace,
    user: user?.id ?? "",
    project: projectId,
    component: components[0] ?? "",
    flavor: flavor?.id ?? "",
    stack: stack?.id ?? "",
    pipeline: pipeline?.id ?? "",
    snapshot: snapshot?.id ?? "",
    build: build?.id ?? "",
    run_template: runTemplate?.id ?? "",
    code_repository: codeRepository?.id ?? "",
    run: runId,
    step: "scene",
    wait_condition: waitCondition?.id ?? "",
    hook_invocation: hookInvocation?.id ?? "",
    artifact: version?.artifact ?? "",
    artifact_version: version?.id ?? "",
    visualization: visualization?.id ?? "",
    curated_visualization: curatedVisualization?.id ?? "",
    model: model?.id ?? "",
    model_version: modelVersion?.id ?? "",
    promotion: promotion?.id ?? "",
    tag: tag?.id ?? "",
    secret: secret?.id ?? "",
    connector: connector?.id ?? "",
    service_account: serviceAccount?.id ?? "",
    principal: serviceAccount?.id ?? "",
    api_key: apiKey?.id ?? "",
    role_binding: roleBinding?.id ?? "",
  };
}
