import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { aRun } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(RunService, {
      getRun: async ({ run, project }) => ({ run: aRun({ name: `${project}/${run}` }) }),
      async *watchRuns() {
        yield { cursor: "1" };
        yield { runs: [aRun()], cursor: "2" };
        throw failing(Reason.TOKEN_REVOKED, "the key was revoked");
      },
    });
    service(AuthService, { listSigningKeys: async () => ({ signingKeys: [{ id: "k1" }] }) });
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
});

const request = '{"project": "demo", "run": "brisk-otter"}';

test("any method is called by its short or its full name", async () => {
  for (const method of ["runs.v1.RunService/GetRun", "signalbox.runs.v1.RunService/GetRun"]) {
    const { code, out } = await runCli(["api", method, request], { env });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ run: { name: "demo/brisk-otter", status: "STATUS_COMPLETED" } });
  }
});

test("the request may come from standard input", async () => {
  const { out } = await runCli(["api", "RunService/GetRun", "-"], { env, stdin: request });
  expect(JSON.parse(out).run.name).toBe("demo/brisk-otter");
});

test("a stream is one JSON object a line, and its failure is the command's", async () => {
  const { code, out, err } = await runCli(["api", "RunService/WatchRuns"], { env });
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).cursor),
  ).toEqual(["1", "2"]);
  expect({ code, err }).toEqual({ code: 3, err: "error: the key was revoked\nhint:  npx signalbox login\n" });
});

test.each([
  ["{", "the request is not JSON"],
  ['{"runn": "x"}', 'key "runn" is unknown'],
  ['{"run": 3}', "run"],
])("the request %s is wrong usage", async (text, message) => {
  const { code, err } = await runCli(["api", "RunService/GetRun", text], { env });
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(err).toContain("hint:  npx signalbox api --list runs.v1.RunService/GetRun");
});

test("a method that is not there is wrong usage, and what is near is named", async () => {
  const { code, err } = await runCli(["api", "RunService/Get"], { env });
  expect(code).toBe(2);
  expect(err).toContain("hint:  npx signalbox api runs.v1.RunService/GetRun");
});

test("methods are listed, and of one its request", async () => {
  const { out } = await runCli(["api", "--list", "runs.v1.RunService/GetRun"], { env });
  expect(out).toContain('runs.v1.RunService/GetRun takes\n{\n  "run": string\n  "project": string\n}\n');
  expect(JSON.parse((await runCli(["api", "--list", "--json"], { env })).out).length).toBeGreaterThan(100);
});

test("a public method needs nobody to be signed in", async () => {
  const { code, out } = await runCli(["api", "AuthService/ListSigningKeys", "--url", server.url], { env: await emptyHome() });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ signingKeys: [{ id: "k1" }] });
});
