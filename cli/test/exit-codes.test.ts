import { Code, ConnectError } from "@connectrpc/connect";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let failure: ConnectError | undefined;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ProjectService, {
      createProject: async ({ id, name, description }) => {
        if (failure) throw failure;
        return { project: { id, name, description } };
      },
    });
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  failure = undefined;
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
});

const create = ["projects", "create", "demo", "--description", "to try"];

test("what was done is 0", async () => {
  expect(await runCli(create, { env })).toEqual({ code: 0, out: "project demo created\n", err: "" });
  const { out } = await runCli([...create, "--json"], { env });
  expect(JSON.parse(out)).toMatchObject({ name: "demo", description: "to try", id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});

test.each([
  [Reason.INTERNAL, 1],
  [Reason.FIELD_INVALID, 2],
  [Reason.FILTER_INVALID, 2],
  [Reason.TOKEN_REVOKED, 3],
  [Reason.PASSWORD_WRONG, 3],
  [Reason.NOT_FOUND, 4],
  [Reason.PERMISSION_MISSING, 4],
  [Reason.NAME_TAKEN, 5],
  [Reason.ETAG_MISMATCH, 5],
  [Reason.IN_USE, 5],
  [Reason.SIGN_IN_LOCKED, 6],
])("the failure %s exits with %i", async (reason, code) => {
  failure = failing(reason, "no");
  expect(await runCli(create, { env })).toMatchObject({ code, out: "", err: expect.stringMatching(/^error: no\n/) });
});

test("a server that is not there exits with 6", async () => {
  const { url, close } = await startServer(() => undefined);
  await close();
  const { code, err } = await runCli(create, { env: { ...env, SIGNALBOX_URL: url } });
  expect(code).toBe(6);
  expect(err).toContain(`cannot reach ${url}`);
});

test("a broken rule is told field by field", async () => {
  failure = failing(Reason.FIELD_INVALID, "2 fields are wrong", {}, [
    { field: "name", description: "must be at most 255" },
    { field: "description", description: "must be at most 4096" },
  ]);
  expect((await runCli(create, { env })).err).toBe(
    "error: 2 fields are wrong\n       name: must be at most 255\n       description: must be at most 4096\n",
  );
});

test("a broken rule that the message tells already is not told again", async () => {
  failure = failing(Reason.FILTER_INVALID, "filter, position 1: no such field", {}, [
    { field: "filter", description: "position 1: no such field" },
  ]);
  expect((await runCli(create, { env })).err).toMatch(/^error: filter, position 1: no such field\nhint: /);
});

test("a field is told of as the option that it comes from", async () => {
  failure = failing(Reason.FIELD_INVALID, "expire_time: must be set", {}, [{ field: "expire_time", description: "must be set" }]);
  expect((await runCli(create, { env })).err).toBe("error: expire_time: must be set\nhint:  --expires 90d\n");
});

test("with --json a failure is one object on standard error", async () => {
  failure = failing(Reason.NAME_TAKEN, "there is a project demo", { type: "project" });
  const { code, err, out } = await runCli([...create, "--json"], { env });
  expect({ code, out }).toEqual({ code: 5, out: "" });
  expect(JSON.parse(err)).toEqual({
    error: {
      reason: "NAME_TAKEN",
      message: "there is a project demo",
      hints: [],
      violations: [],
      metadata: { type: "project" },
      exitCode: 5,
    },
  });
});

test.each([
  [["runs", "lst"], "error: unknown command 'lst'\nhint:  Did you mean list?\n"],
  [["runs", "show"], "error: missing required argument 'run'\nhint:  npx signalbox runs show --help\n"],
  [
    ["runs", "list", "--limit", "x"],
    "error: option '--limit <count>' argument 'x' is invalid. It is a whole number above 0.\nhint:  npx signalbox runs list --help\n",
  ],
  [["runs", "list", "--fliter", "x"], "error: unknown option '--fliter'\nhint:  Did you mean --filter?\n"],
  [["keys", "create", "ci", "--expires", "soon"], expect.stringContaining('such as "30min"')],
  [["api"], "error: which method?\nhint:  npx signalbox api --list\n"],
])("wrong usage %j exits with 2", async (args, err) => {
  expect(await runCli(args, { env })).toEqual({ code: 2, out: "", err });
});

test("wrong usage is JSON, too, where that was asked for", async () => {
  const { err } = await runCli(["runs", "lst", "--json"], { env });
  expect(JSON.parse(err)).toMatchObject({ error: { reason: "USAGE", hints: ["Did you mean list?"], exitCode: 2 } });
});

test("nobody signed in exits with 3 and says how to", async () => {
  const home = await emptyHome();
  expect(await runCli(create, { env: home })).toMatchObject({ code: 3, err: expect.stringContaining("npx signalbox login") });
  expect(await runCli([...create, "--profile", "ci"], { env: home })).toMatchObject({
    code: 3,
    err: expect.stringContaining('no profile "ci"'),
  });
});

test("a key is not sent to a server that it was not given with", async () => {
  expect(await runCli([...create, "--url", "http://127.0.0.1:9"], { env })).toMatchObject({ code: 3 });
});

test("help is 0, with examples", async () => {
  expect(await runCli(["runs", "list", "--help"], { env })).toMatchObject({
    code: 0,
    out: expect.stringContaining("$ npx signalbox runs list"),
  });
  expect(await runCli(["--version"], { env })).toMatchObject({ code: 0, out: "0.1.0\n" });
});

test("a failure without a reason of the contract is told as it is", async () => {
  failure = new ConnectError("odd", Code.DataLoss);
  expect(await runCli(create, { env })).toMatchObject({ code: 1, err: "error: odd\n" });
});
