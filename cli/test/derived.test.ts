import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
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

test("help says what the contract says", async () => {
  const { out } = await runCli(["tags", "update", "--help"], { env });
  expect(out.replaceAll(/\s+/g, " ")).toContain("Whether it has at most one holder in each scope.");
});
