import { Code, ConnectError } from "@connectrpc/connect";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { SettingsService } from "@signalbox/gen/signalbox/registry/v1/settings_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { type Run, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import {
  type ListRunsRequest,
  RunService,
  type UpdateRunRequest,
  type WatchRunRequest,
} from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { aRun, aStep, aVersion, id } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let projects: readonly string[];
let chosen = "";
let runs: readonly Run[];
let listed: ListRunsRequest[];
let watched: WatchRunRequest[];
let updated: UpdateRunRequest[];
let tokens: (string | null)[];

const running = aRun({ status: Status.RUNNING, inProgress: true });

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(RunService, {
      async listRuns(request, { requestHeader }) {
        listed.push(request);
        tokens.push(requestHeader.get("authorization"));
        const start = Number(request.pageToken || 0);
        const end = start + request.pageSize;
        return { runs: [...runs.slice(start, end)], nextPageToken: end < runs.length ? String(end) : "" };
      },
      async getRun({ run }) {
        const found = runs.find(({ id, name }) => run === name || run === id);
        if (!found) throw failing(Reason.NOT_FOUND, `there is no run "${run}"`, { type: "run", reference: run });
        return { run: found };
      },
      async listSteps() {
        const metrics = [{ name: "loss", count: 5n, last: 0.1, lastIndex: 5n }];
        return { steps: [aStep({ metrics, outputs: [{ name: "birds", artifactVersion: id(20) }] })] };
      },
      async getRunGraph() {
        return {
          steps: [
            { name: "load" },
            { name: "train", upstream: ["load"], planned: true },
            { name: "draw", upstream: ["load"], planned: true },
          ],
        };
      },
      async updateRun(request) {
        updated.push(request);
        return { run: aRun() };
      },
      async stopRun({ force }) {
        if (!force) throw failing(Reason.RUN_ENDED, "the run has ended");
        return { run: aRun({ status: Status.STOPPING }) };
      },
      async *watchRuns({ cursor }) {
        if (cursor === "") {
          yield { cursor: "1" };
          yield { runs: [aRun({ id: id(7), name: "late-crow", status: Status.RUNNING, inProgress: true })], cursor: "2" };
          throw new ConnectError("going away", Code.Unavailable);
        }
        yield { runs: [aRun({ id: id(7), name: "late-crow" })], cursor: "3" };
        throw failing(Reason.TOKEN_REVOKED, "the key was revoked");
      },
      async *watchRun(request) {
        watched.push(request);
        if (watched.length === 1) {
          yield { part: { case: "run", value: running } };
          yield { part: { case: "steps", value: { steps: [aStep({ status: Status.RUNNING })] } } };
          yield { part: { case: "current", value: 7n } };
          throw new ConnectError("going away", Code.Unavailable);
        }
        yield { part: { case: "steps", value: { steps: [aStep()] } } };
        yield { part: { case: "run", value: aRun({ status: runs[0]?.status ?? Status.COMPLETED }) } };
        yield { part: { case: "current", value: 9n } };
      },
    });
    service(ProjectService, { listProjects: async () => ({ projects: projects.map((name) => ({ name })) }) });
    service(SettingsService, { getPreferences: async () => ({ preferences: { defaultProject: chosen } }) });
    service(ArtifactVersionService, { batchGetArtifactVersions: async () => ({ artifactVersions: [aVersion()] }) });
    service(MetricService, { listMetricPoints: async () => ({ points: [3, 2, 1].map((value) => ({ value })) }) });
  });
});
afterAll(() => server.close());

afterEach(() => vi.useRealTimers());
beforeEach(async () => {
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test" };
  projects = ["demo"];
  runs = [aRun()];
  listed = [];
  watched = [];
  updated = [];
  tokens = [];
});

test("runs are listed as a table, with the key of the environment", async () => {
  runs = [aRun({ name: "zwei 🦊 füchse", tags: ["nightly", "champion"] }), aRun({ status: Status.FAILED })];
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 4, 3, 12) });
  const { code, out } = await runCli(["runs", "list", "--project", "demo", "--filter", "status = FAILED", "--order", "name"], { env });
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "NAME               STATUS      STARTED      TOOK     STEPS   BY                TAGS
    zwei 🦊 füchse     completed   2 h ago      2.1 s    3/3     ada@example.org   nightly, champion
    brisk-otter        failed      2 h ago      2.1 s    3/3     ada@example.org
    "
  `);
  expect(listed[0]).toMatchObject({ project: "demo", filter: "status = FAILED", orderBy: "name" });
  expect(tokens).toEqual(["Bearer sbk_test"]);
});

test("runs that a run started are listed by its name", async () => {
  expect((await runCli(["runs", "list", "--project", "demo", "--of", "brisk-otter", "--filter", "a = 1 OR b = 2"], { env })).code).toBe(0);
  expect(listed[0]).toMatchObject({ filter: `parent_run = ${aRun().id} AND (a = 1 OR b = 2)` });
  expect((await runCli(["runs", "list", "--project", "demo", "--of", "nope"], { env })).err).toContain('has no run "nope"');
});

test("a long list is written page by page, the first rows at once", async () => {
  runs = Array.from({ length: 700 }, (_, index) => aRun({ name: `run-${index}` }));
  const pieces: string[] = [];
  await runCli(["runs", "list"], { env, onOut: (text) => void pieces.push(text) });
  expect(pieces.map((piece) => piece.trimEnd().split("\n").length)).toEqual([51, 500, 150]);
  expect((await runCli(["runs", "list", "--limit", "60"], { env })).out.trimEnd().split("\n")).toHaveLength(61);
});

test("JSON is one array however many pages there were", async () => {
  runs = Array.from({ length: 60 }, (_, index) => aRun({ name: `run-${index}` }));
  const { out } = await runCli(["runs", "list", "--json"], { env });
  expect(JSON.parse(out).map(({ name }: { name: string }) => name)).toEqual(runs.map(({ name }) => name));
  runs = [];
  expect(JSON.parse((await runCli(["runs", "list", "--json"], { env })).out)).toEqual([]);
  expect(await runCli(["runs", "list"], { env })).toMatchObject({ code: 0, out: "", err: "no runs\n" });
});

test("a run is shown with its steps, in words or as JSON", async () => {
  const { code, out } = await runCli(["runs", "show", "brisk-otter"], { env });
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "penguins · run brisk-otter
      ✓ load   0.1 s   loss █▅▁ 0.1   → penguins:1  67 kB  sha256:3fa94c…
    completed in 2.1 s · 3 steps · 1 cached
    "
  `);
  const json = JSON.parse((await runCli(["runs", "show", "brisk-otter", "--json"], { env })).out);
  expect(json).toMatchObject({ run: { name: "brisk-otter" }, steps: [{ name: "load" }], artifactVersions: [{ artifactName: "penguins" }] });
});

test("a run that is not there is told in the words of its project", async () => {
  expect(await runCli(["runs", "show", "nope"], { env })).toMatchObject({
    code: 4,
    err: `error: project demo has no run "nope", or you may not see it\nhint:  npx signalbox runs list --filter 'name = "no*"'\n`,
  });
});

test("a name needs a project where there are several", async () => {
  projects = ["demo", "other"];
  expect(await runCli(["runs", "show", "brisk-otter"], { env })).toMatchObject({
    code: 2,
    err: expect.stringContaining("--project with one of: demo, other"),
  });
  expect((await runCli(["runs", "show", id(1)], { env })).code).toBe(0);
  chosen = "demo";
  expect((await runCli(["runs", "show", "brisk-otter"], { env })).code).toBe(0);
});

test("a run is stopped, unless it has ended", async () => {
  expect(await runCli(["runs", "stop", "brisk-otter"], { env })).toMatchObject({ code: 5, err: "error: the run has ended\n" });
  expect(await runCli(["runs", "stop", "brisk-otter", "--force"], { env })).toMatchObject({
    code: 0,
    out: "run brisk-otter is stopping\n",
  });
});

test("a watch goes on where its stream broke, and ends with the run", async () => {
  const { code, out, err } = await runCli(["runs", "watch", "brisk-otter"], { env });
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([
    "penguins · run brisk-otter",
    "  ● load  running",
    "  ✓ load  completed  0.1 s",
    "completed in 2.1 s · 3 steps · 1 cached",
    "",
  ]);
  expect(err).toMatch(/^the connection was lost .*\nconnected again\n$/);
  expect(watched.map(({ afterRevision }) => afterRevision)).toEqual([0n, 7n]);
});

test("a watched run that fails fails the command", async () => {
  runs = [aRun({ status: Status.FAILED })];
  expect(await runCli(["runs", "watch", "brisk-otter"], { env })).toMatchObject({
    code: 1,
    err: expect.stringContaining("error: run brisk-otter failed"),
  });
});

test("on a terminal the run is drawn anew and stands whole at the end", async () => {
  const { out } = await runCli(["runs", "watch", "brisk-otter"], { env: { ...env, NO_COLOR: "1" }, tty: true });
  expect(out).toContain("●─╮  load");
  expect(out).toContain("○ │  train\n");
  expect(out).toContain("  ○  draw\n");
  expect(out).toContain("\u001b[5A");
  expect(out.endsWith("completed in 2.1 s · 3 steps · 1 cached\n")).toBe(true);
});

test("a watch as JSON is one object a line", async () => {
  const { out } = await runCli(["runs", "watch", "brisk-otter", "--json"], { env });
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual(["run", "steps", "current", "steps", "run", "current"]);
});

test("all runs are watched, beginning with those under way, until the watch is refused", async () => {
  runs = [running, aRun({ id: id(8), name: "old-mole" })];
  const { code, out, err } = await runCli(["runs", "watch"], { env });
  expect(out.split("\n").map((line) => line.replace(/ +/g, " ").replace(/for .*|· \d.*/, ""))).toEqual([
    "● brisk-otter penguins · running ",
    "● late-crow penguins · running ",
    "✓ late-crow penguins · completed ",
    "",
  ]);
  expect(err).toContain("error: the key was revoked");
  expect(code).toBe(3);
});

test("runs are listed by tags, whatever these are called, beside a filter", async () => {
  runs = [];
  listed.length = 0;
  await runCli(["runs", "list", "--tag", "nightly", "--tag", 'a "b" *'], { env });
  await runCli(["runs", "list", "--tag", "nightly", "--filter", "a = 1 OR b = 2"], { env });
  expect(listed.map(({ filter }) => filter)).toEqual(['tags:"nightly" AND tags:"a \\"b\\" \\*"', '(a = 1 OR b = 2) AND tags:"nightly"']);
});

test("what is known of a run is shown with it, and changed", async () => {
  const exception = { type: "ValueError", message: "no penguins\nat all" };
  runs = [
    aRun({ status: Status.FAILED, codeCommit: "0123456789abcdef", template: id(31), modelVersion: id(32), exception } as Partial<Run>),
  ];
  const shown = await runCli(["runs", "show", "brisk-otter"], { env });
  for (const text of ["code: commit 0123456789ab\n", `template: ${id(31)}`, `model version: ${id(32)}`, "ValueError: no penguins"])
    expect(shown.out).toContain(text);
  const changed = await runCli(["runs", "update", "brisk-otter", "--model-version", "", "--heartbeat-seconds", "600"], { env });
  expect(changed).toMatchObject({ code: 0, out: expect.stringContaining("is changed") });
  const paths = ["model_version", "heartbeat_timeout"];
  expect(updated).toMatchObject([{ run: id(1), modelVersion: "", heartbeatTimeout: { seconds: 600n }, updateMask: { paths } }]);
  const nothing = await runCli(["runs", "update", "brisk-otter"], { env });
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("say what is to change") });
});
