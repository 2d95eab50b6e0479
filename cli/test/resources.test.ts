import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import {
  ApiKeyService,
  type CreateApiKeyRequest,
  type RotateApiKeyRequest,
} from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { KeyState } from "@signalbox/gen/signalbox/identity/v1/principal_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { AuthorizationService, type Question } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { BuildService, type CreateBuildRequest } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import {
  CodeHost,
  CodeRepositoryService,
  type CreateCodeRepositoryRequest,
} from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { type CreateFlavorRequest, FlavorService } from "@signalbox/gen/signalbox/registry/v1/flavor_pb.ts";
import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService, type UpdateSnapshotRequest } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { type CreateRunTemplateRequest, RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { aRun, aVersion, id } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let asked: Question | undefined;
let created: CreateApiKeyRequest | undefined;
let named: UpdateSnapshotRequest | undefined;
let flavored: CreateFlavorRequest | undefined;
let recorded: CreateBuildRequest | undefined;
let templated: CreateRunTemplateRequest | undefined;
let added: CreateCodeRepositoryRequest | undefined;
let rotated: RotateApiKeyRequest | undefined;

const key = { id: id(30), name: "ci", hint: "sbp_abc", state: KeyState.ACTIVE };
const may = timestampFromMs(Date.UTC(2026, 4, 3));

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ProjectService, {
      listProjects: async () => ({ projects: [{ name: "demo", description: "to try" }] }),
      getProject: async ({ project }) => ({ project: { id: id(2), name: project } }),
    });
    service(PipelineService, { listPipelines: async ({ project }) => ({ pipelines: [{ name: `${project}-penguins` }] }) });
    service(SnapshotService, {
      getSnapshot: async () => ({ snapshot: { code: { commit: "9c1e2f7aa", path: "pipeline.ts" } } }),
      listSnapshots: async ({ filter }) => ({ snapshots: [{ id: id(3), name: "baseline", pipelineName: "churn", tags: [filter] }] }),
      updateSnapshot: async (request) => {
        named = request;
        return { snapshot: { name: request.name } };
      },
      tagSnapshots: async ({ snapshots: [first = ""], addTags }) => ({ snapshots: [{ id: first, tags: addTags }] }),
      deleteSnapshot: async () => ({}),
    });
    service(ArtifactService, { listArtifacts: async () => ({ artifacts: [{ name: "weights", latestNumber: 3 }] }) });
    service(ArtifactVersionService, {
      batchGetArtifactVersions: async () => ({ artifactVersions: [aVersion({ artifactName: "weights" })] }),
      listArtifactVersions: async () => ({ artifactVersions: [aVersion({ producerStep: "load", uri: "file:///data/1" })] }),
    });
    service(CodeRepositoryService, {
      listCodeRepositories: async () => ({
        codeRepositories: [{ name: "churn", host: CodeHost.GITHUB, address: "https://github.com/acme/churn" }],
      }),
      createCodeRepository: async (request) => {
        added = request;
        return { codeRepository: { name: request.name } };
      },
      linkCommit: async ({ codeRepository, project, commit, path, line }) => ({
        url: `https://${project}/${codeRepository}/${commit}/${path}#${line}`,
      }),
    });
    service(FlavorService, {
      listFlavors: async ({ orderBy }) => ({
        flavors: [{ type: ComponentType.ARTIFACT_STORE, name: "s3", displayName: orderBy, docsUrl: "https://docs.aws.amazon.com" }],
      }),
      getFlavor: async ({ flavor }) => ({ flavor: flavor === "s3" ? { schema: { text: '{"type":"object"}' } } : {} }),
      createFlavor: async (request) => {
        flavored = request;
        return { flavor: { name: request.name } };
      },
      deleteFlavor: async () => ({}),
    });
    service(BuildService, {
      listBuilds: async () => ({ builds: [{ id: id(6), checksum: "0a1b2c3d4e5f60718", local: true, pythonVersion: "3.13.1" }] }),
      getBuild: async () => ({ build: { images: { orchestrator: { image: "registry.example/churn:1" } } } }),
      createBuild: async (request) => {
        recorded = request;
        return { build: { id: id(6) } };
      },
      deleteBuild: async () => ({}),
    });
    service(RunTemplateService, {
      listRunTemplates: async ({ filter }) => ({ runTemplates: [{ name: "nightly", snapshot: id(3), tags: [filter] }] }),
      createRunTemplate: async (request) => {
        templated = request;
        return { runTemplate: { name: request.name } };
      },
    });
    service(ModelService, {
      listModels: async () => ({ models: [{ name: "penguin-classifier", latestNumber: 1, aliases: [{ alias: "champion", number: 1 }] }] }),
    });
    service(ModelVersionService, {
      findModelVersion: async ({ model, version }) => {
        if (model !== "penguin-classifier") throw failing(Reason.NOT_FOUND, `there is no model "${model}"`, { type: "model" });
        const artifacts = [{ name: "weights", artifactVersion: id(20) }];
        const stage = version === "staging" ? ModelStage.STAGING : ModelStage.UNSPECIFIED;
        const metadata = { accuracy: { kind: { case: "number", value: 0.985 } } } as const;
        return { modelVersion: { modelName: model, number: 1, stage, run: id(1), artifacts, metadata, createTime: may } };
      },
    });
    service(LineageService, {
      getLineage: async () => ({
        steps: [{ id: id(10), run: id(1), runName: "brisk-otter", name: "train", outputs: [{ name: "w", artifactVersion: id(20) }] }],
        artifacts: [{ artifactVersion: id(20), artifactName: "weights", version: "1" }],
      }),
    });
    service(RunService, { getRun: async () => ({ run: aRun() }) });
    service(UserService, { getUser: async ({ user }) => ({ user: { id: id(9), userName: user } }) });
    service(WorkspaceService, {
      listWorkspaces: async () => ({ workspaces: [{ id: id(5), organization: id(4) }] }),
      getWorkspace: async () => ({ workspace: { id: id(5), organization: id(4) } }),
    });
    service(AuthorizationService, {
      explain: async ({ question }) => {
        asked = question;
        if (question?.permission === "run.delete")
          return {
            allowed: true,
            sentence: "granted in the project",
            granted: [{ role: "project-developer", principal: { name: "ada" }, grantedBy: { name: "max" }, createTime: may }],
          };
        return { allowed: false, sentence: "not allowed: no role gives it", missingRoles: ["project-admin"] };
      },
    });
    service(ApiKeyService, {
      createApiKey: async (request) => {
        created = request;
        return { key: "sbp_secret", apiKey: { ...key, name: request.name } };
      },
      listApiKeys: async ({ filter }) => ({
        apiKeys: filter === "" || filter === 'name = "ci"' ? [key, { ...key, state: KeyState.REVOKED }] : [],
      }),
      rotateApiKey: async (request) => {
        rotated = request;
        return { key: "sbp_next", apiKey: key };
      },
      revokeApiKey: async ({ apiKey }) => ({ apiKey: { ...key, id: apiKey } }),
    });
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
});

test.each([
  [["projects", "list"], "NAME   CREATED   BY   DESCRIPTION\ndemo                  to try\n"],
  [["pipelines", "list", "--project", "demo"], "NAME            LATEST RUN   STATUS   CREATED   BY   DESCRIPTION\ndemo-penguins\n"],
  [["code", "list"], "NAME    HOST     ADDRESS                         DESCRIPTION\nchurn   github   https://github.com/acme/churn\n"],
  [
    ["flavors", "list"],
    "TYPE             NAME   SHOWN AS     CUSTOM   DOCUMENTATION\nartifact_store   s3     type, name            https://docs.aws.amazon.com\n",
  ],
  [
    ["builds", "list"],
    `ID                                     CHECKSUM       LOCAL   PYTHON   CREATED   BY\n${id(6)}   0a1b2c3d4e5f   yes     3.13.1\n`,
  ],
  [
    ["snapshots", "list", "--tag", "a"],
    `ID                                     NAME       PIPELINE   TAGS       CREATED   BY   DESCRIPTION\n${id(3)}   baseline   churn      tags:"a"\n`,
  ],
  [
    ["templates", "list", "--tag", "a"],
    `NAME      SNAPSHOT                               TAGS       CHANGED   BY   DESCRIPTION\nnightly   ${id(3)}   tags:"a"\n`,
  ],
  [["models", "list"], "NAME                 LATEST   ALIASES      CHANGED   BY   DESCRIPTION\npenguin-classifier   1        champion 1\n"],
  [["artifacts", "list"], "NAME      LATEST   CHANGED   BY   DESCRIPTION\nweights   3\n"],
  [
    ["artifacts", "list", "weights"],
    "VERSION   CREATED   SIZE    ITEMS   DIGEST           STEP   URI\n1                   67 kB           sha256:3fa94c…   load   file:///data/1\n",
  ],
])("%j is a table", async (args, out) => {
  expect(await runCli(args, { env })).toEqual({ code: 0, out, err: "" });
  expect(JSON.parse((await runCli([...args, "--json"], { env })).out)).toHaveLength(1);
});

test("a template is made of what a run executed", async () => {
  const made = await runCli(["templates", "create", "nightly", "brisk-otter", "--description", "every night", "--tag", "eu"], { env });
  expect(made).toMatchObject({ code: 0, out: "run template nightly created\n" });
  expect(templated).toMatchObject({ name: "nightly", project: id(2), snapshot: id(3), description: "every night", tags: ["eu"] });
});

test("a snapshot is named, loses its name, is tagged and deleted", async () => {
  const cli = async (...args: string[]) => (await runCli(["snapshots", ...args], { env })).out;
  expect(await cli("name", id(3), "baseline", "--replace", "--description", "d")).toBe(`snapshot ${id(3)} is named baseline\n`);
  expect(named).toMatchObject({ snapshot: id(3), name: "baseline", replace: true, updateMask: { paths: ["name", "description"] } });
  expect(await cli("name", id(3))).toBe(`snapshot ${id(3)} has no name\n`);
  expect(named).toMatchObject({ name: "", replace: false, updateMask: { paths: ["name"] } });
  expect(await cli("tag", id(3), "--add", "champion")).toBe(`snapshot ${id(3)} is tagged champion\n`);
  expect(await cli("delete", id(3))).toBe(`snapshot ${id(3)} deleted\n`);
});

test("a flavor is created by its type with a schema, shown and deleted", async () => {
  const cli = (...args: string[]) => runCli(["flavors", ...args], { env });
  const file = new URL("../package.json", import.meta.url).pathname;
  expect(await cli("create", "artifact-store", "tape", "--schema", file)).toMatchObject({ code: 0, out: "flavor tape created\n" });
  expect(flavored).toMatchObject({ type: ComponentType.ARTIFACT_STORE, name: "tape", schema: { text: expect.stringContaining("cli") } });
  expect(await cli("create", "tape", "x")).toMatchObject({ code: 2, err: expect.stringContaining("artifact_store") });
  expect((await cli("show", "s3")).out).toBe('{\n  "type": "object"\n}\n');
  expect((await cli("show", "tape")).out).toBe("anything goes\n");
  expect((await cli("delete", "tape")).out).toBe("flavor tape deleted\n");
});

test("a build is recorded by its images, shown and deleted", async () => {
  const image = "orchestrator=registry.example/churn:1=a";
  const made = await runCli(["builds", "record", "--pipeline", "churn", "--stack", "gpu", "--checksum", "c", "--image", image], { env });
  expect(made).toMatchObject({ code: 0, out: `build ${id(6)} recorded\n` });
  expect(recorded).toMatchObject({ project: "demo", pipeline: "churn", stack: "gpu", checksum: "c", local: false });
  expect(recorded?.images).toMatchObject({ orchestrator: { image: "registry.example/churn:1=a" } });
  expect(await runCli(["builds", "record", "--image", "churn:1"], { env })).toMatchObject({ code: 2 });
  expect((await runCli(["builds", "show", id(6)], { env })).out).toBe("orchestrator → registry.example/churn:1\n");
  expect((await runCli(["builds", "delete", id(6)], { env })).out).toBe(`build ${id(6)} deleted\n`);
});

test("a code repository is added by its address, and a commit of it linked", async () => {
  const add = (...more: string[]) => runCli(["code", "add", "churn", "https://gitlab.com/acme/churn", ...more], { env });
  expect(await add()).toMatchObject({ code: 0, out: "code repository churn added\n" });
  expect(added).toMatchObject({ project: "demo", name: "churn", host: CodeHost.GITLAB, address: "https://gitlab.com/acme/churn" });
  expect(await add("--host", "bitbucket")).toMatchObject({ code: 0 });
  expect(added).toMatchObject({ host: CodeHost.BITBUCKET });
  expect(await add("--host", "sourceforge")).toMatchObject({ code: 2 });
  const linked = await runCli(["code", "link", "churn", "9c1e2f7", "train.py", "--line", "12"], { env });
  expect(linked).toMatchObject({ code: 0, out: "https://demo/churn/9c1e2f7/train.py#12\n" });
});

test("a model version is shown with what it was made from", async () => {
  const { code, out } = await runCli(["models", "show", "penguin-classifier", "staging"], { env });
  expect(code).toBe(0);
  expect(out.replace(/created [^·]+ ·/, "created x ·").split("\n")).toEqual([
    "penguin-classifier 1 · staging · created x · run brisk-otter",
    "  accuracy 0.985",
    "  weights → weights:1  67 kB  sha256:3fa94c…",
    "",
    "penguin-classifier 1 was made from",
    "  weights:1 ← train (git 9c1e2f7, pipeline.ts)",
    "",
  ]);
  const json = JSON.parse((await runCli(["models", "show", "penguin-classifier", "--json"], { env })).out);
  expect(json).toMatchObject({
    modelVersion: { number: 1 },
    lineage: [{ steps: [{ name: "train" }] }],
    code: { [id(1)]: { path: "pipeline.ts" } },
  });
  expect(await runCli(["models", "show", "nope"], { env })).toMatchObject({ code: 4, err: 'error: there is no model "nope"\n' });
});

test("a decision is explained, for a run with its owner", async () => {
  const { out } = await runCli(["explain", "ada", "run.delete", "brisk-otter"], { env });
  expect(out).toMatch(/^allowed: granted in the project\n {2}ada is project-developer \(granted .+ by max\)\n$/);
  expect(asked).toMatchObject({ principal: id(9), owner: id(9), scope: { organization: id(4), workspace: id(5), project: id(2) } });
  expect(await runCli(["explain", "me", "project.delete", "--project", "demo"], { env })).toMatchObject({
    code: 0,
    out: "not allowed: no role gives it\n  would need one of: project-admin\n",
  });
  expect(asked).toMatchObject({ principal: "", owner: "", scope: { project: id(2) } });
});

test("a new key is alone on standard output", async () => {
  const { out, err } = await runCli(["keys", "create", "ci", "--expires", "90d"], { env });
  expect(out).toBe("sbp_secret\n");
  expect(err).toContain("shown this once");
  expect(Number(created?.expireTime?.seconds)).toBeCloseTo(Date.now() / 1000 + 90 * 86_400, -2);
  expect(created?.id).toMatch(/^[0-9a-f-]{36}$/);
});

test("keys are listed, rotated and revoked by name or id", async () => {
  const { out } = await runCli(["keys", "list"], { env });
  expect(out.split("\n").map((line) => line.split(/ {3,}/)[2])).toEqual(["STATE", "active", "revoked", undefined]);
  expect((await runCli(["keys", "rotate", "ci", "--overlap", "1h"], { env })).out).toBe("sbp_next\n");
  expect(rotated).toMatchObject({ apiKey: id(30), overlap: { seconds: 3600n } });
  expect(await runCli(["keys", "revoke", id(31)], { env })).toMatchObject({ code: 0, out: "key ci is revoked\n" });
  expect(await runCli(["keys", "revoke", "nope"], { env })).toMatchObject({
    code: 4,
    err: expect.stringContaining("hint:  npx signalbox keys list"),
  });
});
