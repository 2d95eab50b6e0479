import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
// biome-ignore lint/suspicious/noExplicitAny: requests of several methods
const asked: any[] = [];

beforeAll(async () => {
  const hear =
    <T>(answer: T) =>
    async (request: object) => {
      asked.push(request);
      return answer;
    };
  server = await startServer(({ service }) => {
    service(TagService, { updateTag: hear({ tag: { name: "champion" } }), getTag: hear({ tag: { id: id(1), name: "champion" } }) });
    service(SecretService, {
      createSecret: hear({ secret: { id: id(2), name: "github" } }),
      readSecretValues: hear({ values: { token: "t" } }),
      deleteSecret: hear({}),
      listSecrets: async (request) => {
        asked.push(request);
        const more = request.pageToken === "";
        return { secrets: [{ id: id(more ? 2 : 3), name: more ? "github" : "lake" }], nextPageToken: more ? "2" : "" };
      },
    });
    service(OrganizationService, {
      listMembers: hear({ members: [{ principal: { id: id(4), name: "ada" } }, { principal: { id: id(5) } }] }),
    });
    service(AuditService, {
      listAuditEvents: hear({
        auditEvents: [{ id: id(6), method: "DeleteRun", principal: { id: id(4), name: "ada" }, subject: id(7), outcome: Outcome.REFUSED }],
      }),
    });
    service(WorkspaceService, {
      createWorkspace: async () => {
        throw failing(Reason.FIELD_INVALID, "organization: must not be empty", {}, [
          { field: "organization", description: "must not be empty" },
        ]);
      },
    });
    service(CodeRepositoryService, { updateCodeRepository: hear({ codeRepository: { name: "churn" } }) });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());

test("what is changed is what was said, to nothing too", async () => {
  expect(
    (await runCli(["tags", "update", "champion", "--description", "", "--tag-color", "green", "--exclusive", "yes"], { env })).out,
  ).toBe("tag champion updated\n");
  expect(asked.at(-1)).toMatchObject({
    ...{ tag: "champion", description: "", color: TagColor.GREEN, exclusive: true },
    updateMask: { paths: ["color", "exclusive", "description"] },
  });
  expect(await runCli(["tags", "update", "champion"], { env })).toMatchObject({ code: 2 });
  expect(await runCli(["tags", "update", "champion", "--exclusive", "perhaps"], { env })).toMatchObject({ code: 2 });
  expect(await runCli(["tags", "update", "champion", "--tag-color", "pale"], { env })).toMatchObject({ code: 2 });
});

test("what lies in a project is looked for in that of the command; JSON is kept as it is", async () => {
  await runCli(["code", "update", "churn", "--configuration", '{"a":  1}', "--etag", "r1", "--json"], { env });
  expect(asked.at(-1)).toMatchObject({ codeRepository: "churn", project: "demo", configuration: { text: '{"a":  1}' }, etag: "r1" });
  expect(asked.at(-1).updateMask.paths).toEqual(["configuration"]);
});

test("what is secret comes by standard input; what is created has an id", async () => {
  const { out } = await runCli(["secrets", "create", "github", "--values", "user=ada", "--values", "token=-"], { env, stdin: "t0ken\n" });
  expect(out).toBe("secret github created\n");
  expect(asked.at(-1)).toMatchObject({ name: "github", values: { user: "ada", token: "t0ken" } });
  expect(asked.at(-1).id).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse((await runCli(["secrets", "read", "github"], { env })).out)).toEqual({ values: { token: "t" } });
  expect((await runCli(["secrets", "delete", "github"], { env })).out).toBe("secret github deleted\n");
});

test("lists are walked, and one is shown", async () => {
  const { out } = await runCli(["secrets", "list", "--filter", 'name = "g*"', "--order", "name"], { env });
  expect(out.split("\n").map((line) => line.trim().split(/\s{2,}/)[0])).toEqual(["NAME", "github", "lake", ""]);
  expect(asked.at(-1)).toMatchObject({ filter: 'name = "g*"', orderBy: "name", pageToken: "2" });
  expect(JSON.parse((await runCli(["secrets", "list", "--json", "--limit", "1"], { env })).out)).toMatchObject([{ name: "github" }]);
  expect(JSON.parse((await runCli(["tags", "show", "champion"], { env })).out)).toMatchObject({ id: id(1), name: "champion" });
});

test("standard input is one value: two that wait for it are refused, and nothing is kept", async () => {
  const before = asked.length;
  const failed = await runCli(["secrets", "create", "github", "--values", "user=-", "--values", "token=-"], { env, stdin: "t0ken\n" });
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.err).toContain('one "-"');
  expect(asked).toHaveLength(before);
});

test("lists show what their items have: who is a member, who was refused what", async () => {
  const members = (await runCli(["organizations", "members", "acme"], { env })).out
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/)[0]);
  expect(members).toEqual(["WHO", "ada", id(5), ""]);
  const { out } = await runCli(["audit", "list"], { env });
  expect(out).toMatch(/METHOD +WHO +SUBJECT +OUTCOME +WHEN +ID/);
  expect(out).toContain(id(7));
  expect(out).toMatch(/DeleteRun +ada .* refused/);
});

test("what is asked wrongly is told with where the options are listed", async () => {
  expect((await runCli(["tags", "update", "champion"], { env })).err).toContain("npx signalbox tags update --help");
  expect((await runCli(["workspaces", "create", "w"], { env })).err).toContain("npx signalbox workspaces create --help");
  const moved = await runCli(["visualizations", "move", id(1), "--position", "first"], { env });
  expect(moved).toMatchObject({ code: 2 });
  expect(moved.err).toContain("It is a number.");
  expect((await runCli(["users", "create", "--help"], { env })).out).toContain("create a user");
});

test("help says what the contract says", async () => {
  const { out } = await runCli(["tags", "update", "--help"], { env });
  expect(out.replaceAll(/\s+/g, " ")).toContain("Whether it has at most one holder in each scope.");
});
