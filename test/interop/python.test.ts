import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mesh, startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { type Program, runProgram } from "../src/program.ts";
import { pythonWithGrpc } from "../src/python.ts";
import { enter, workspace } from "../src/scene.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const steps = Array.from({ length: 20 }, (_, index) => `step ${index + 1}`);
const epochs = 5;

const found = await pythonWithGrpc();
if ("reason" in found) console.warn(`skipped: "an orchestrator in Python": ${found.reason}`);
const suite = dialects.includes("postgres") && "python" in found ? needsRedis() : describe.skip;

suite("an orchestrator in Python", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-python-"));
  const contract = join(folder, "signalbox.binpb");
  let mesh: Mesh;
  let token = "";
  let snapshot = "";

  beforeAll(async () => {
    await promisify(execFile)(`${repository}node_modules/.bin/buf`, ["build", "--output", contract], { cwd: repository });
    mesh = await startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "" });
    token = await enter(mesh, mesh.admin, workspace);
    const { project } = await mesh.client(ProjectService, token).createProject({ name: "python" });
    await mesh.client(PipelineService, token).createPipeline({ project: project?.id ?? "", name: "python" });
    const made = await mesh
      .client(SnapshotService, token)
      .createSnapshot({ project: project?.id ?? "", pipeline: "python", dynamic: true });
    snapshot = made.snapshot?.id ?? "";
  }, 120_000);
  afterAll(async () => {
    await mesh?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function orchestrate(url: string, environment: Readonly<Record<string, string>> = {}): Promise<{ run: string; program: Program }> {
    const runs = mesh.client(RunService, token);
    const { run } = await runs.createRun({ project: "python", snapshot, running: true });
    const { token: runToken } = await runs.issueRunToken({ run: run?.id ?? "" });
    const program = runProgram(
      "examples/orchestrator-python/orchestrate.py",
      {
        SIGNALBOX_CONTRACT: contract,
        SIGNALBOX_URL: url,
        SIGNALBOX_RUN_TOKEN: runToken,
        RUN: run?.id ?? "",
        PYTHONDONTWRITEBYTECODE: "1",
        ...environment,
      },
      { args: [String(steps.length)], node: "python" in found ? found.python : "" },
    );
    return { run: run?.id ?? "", program };
  }

  async function restart(name: string): Promise<void> {
    const program = mesh.programs.get(name);
    await program?.end("SIGKILL");
    await program?.start();
  }

  /** Everything that was reported is there, once. */
  async function expectWhole(run: string): Promise<void> {
    const runs = mesh.client(RunService, token);
    const metrics = mesh.client(MetricService, token);
    expect((await runs.getRun({ run })).run).toMatchObject({ status: Status.COMPLETED, steps: { total: 20, completed: 20, failed: 0 } });
    const { steps: kept } = await runs.listSteps({ run });
    expect(kept.map(({ name, attempt, status }) => [name, attempt, status]).sort()).toEqual(
      steps.map((name) => [name, 1, Status.COMPLETED]).sort(),
    );
    for (const { metrics: summaries } of kept) expect(summaries).toMatchObject([{ name: "loss", count: BigInt(epochs) }]);
    const { points } = await metrics.listMetricPoints({ run, step: "step 20", metric: "loss", maxPoints: 100 });
    expect(points.map(({ index, value }) => [Number(index), value])).toEqual([0, 1, 2, 3, 4].map((index) => [index, 1 / (index + 1)]));
    // All that was ever said of a key is kept, so what came twice would be here twice.
    const { entries } = await metrics.listMetadata({ run, pageSize: 1_000 });
    expect(entries.map(({ step, key }) => `${step} ${key}`).sort()).toEqual(
      steps.flatMap((step) => [`${step} device`, `${step} epochs`]).sort(),
    );
  }

  const places = {
    "the edge": ["edge", () => mesh.url],
    "the runs service itself": ["runs", () => `http://${mesh.addresses.runs}`],
  } as const;

  test.each(Object.entries(places))(
    "reports a run to %s, which is killed twice meanwhile, and nothing is lost or doubled",
    async (_, [name, url]) => {
      const { run, program } = await orchestrate(url());
      for (const step of [5, 12]) {
        await program.said(new RegExp(`"ended": "step ${step}"`));
        await restart(name);
      }
      expect([await program.ended, program.err()]).toEqual([0, ""]);
      const said = program
        .out()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(said.filter(({ broken }) => broken !== undefined).length).toBeGreaterThanOrEqual(2);
      expect(said.at(-1)).toEqual({ refused: [], stopped: null });
      await expectWhole(run);
    },
    120_000,
  );

  test("hears that its run is to stop, ends the step that runs and starts no other", async () => {
    const { run, program } = await orchestrate(mesh.url, { SECONDS_PER_EPOCH: "0.1" });
    await program.said(/"ended": "step 2"/);
    await mesh.client(RunService, token).stopRun({ run, reason: "wrong data" });
    expect([await program.ended, program.err()]).toEqual([3, ""]);
    expect(program.out()).toContain('"stop": "gracefully"');
    const { run: ended } = await mesh.client(RunService, token).getRun({ run });
    expect(ended).toMatchObject({ status: Status.STOPPED });
    expect(ended?.steps?.completed).toBeLessThan(20);
    expect(ended?.steps?.running).toBe(0);
  }, 60_000);

  test("is told for good when its token is not for this run", async () => {
    const { program } = await orchestrate(mesh.url, { RUN: "00000000-0000-7000-8000-000000000099" });
    expect(await program.ended).toBe(1);
    expect(program.err()).toMatch(/PERMISSION_DENIED|NOT_FOUND/);
  }, 60_000);
});
