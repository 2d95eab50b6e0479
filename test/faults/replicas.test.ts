import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Load, startLoad } from "../src/load/load.ts";
import { expectOnlyDelay, progress } from "../src/load/outcome.ts";
import { expectCounted } from "../src/load/recount.ts";
import { expectAcknowledged } from "../src/load/verify.ts";
import { type Mesh, startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { untilReady } from "../src/ready.ts";
import { rounds } from "../src/rounds.ts";
import { enter, workspace } from "../src/scene.ts";

const delayMs = 30_000;
const timeoutMs = rounds(180_000, 1_800_000);
const suite = dialects.includes("postgres") ? needsRedis() : describe.skip;

suite("two replicas of everything", () => {
  let mesh: Mesh;
  let load: Load;
  let silent: readonly string[];
  beforeAll(async () => {
    mesh = await startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "", replicas: 2 });
    silent = await startSilentSteps(mesh);
    load = await startLoad(mesh);
    await progress(load.ledger, delayMs);
  }, timeoutMs);
  afterAll(async () => {
    await load?.end();
    await mesh?.close();
  });

  test(
    "are restarted one after the other under load, and no call of a client fails",
    async () => {
      for (let round = 0; round < rounds(1, 5); round++) {
        for (const replica of replicasOf(mesh)) {
          // Programs of different services at once, as deployments of their own would be; of one service never both.
          await Promise.all(
            replica.map(async ([, program]) => {
              await program.end("SIGTERM");
              expect(program.present.child.exitCode).toBe(0);
              await program.start();
            }),
          );
          await untilReady(mesh.url);
          await progress(load.ledger, delayMs);
        }
      }
      await load.end();
      expectOnlyDelay(load.ledger, delayMs);
    },
    timeoutMs,
  );

  test("what was acknowledged is there once, and every log is numbered without gaps and doubles", async () => {
    await expectAcknowledged(mesh, load);
    await expectCounted(() => mesh.environment.SIGNALBOX_DATABASE_URL ?? "", load.ledger);
  });

  test("a step that fell silent is failed once", async () => {
    const token = await enter(mesh, mesh.admin, workspace);
    for (const run of silent) {
      await expect
        .poll(async () => (await mesh.client(RunService, token).getRun({ run })).run?.status, { timeout: 20_000 })
        .toBe(Status.FAILED);
    }
    expect(await failuresOf(mesh, silent)).toEqual(silent.map((run) => `${run} step.failed 1`).sort());
  });
});

/** The first ones of all programs, then the second ones; the edges by themselves, because there clients arrive. */
function replicasOf({ programs }: Mesh) {
  const all = [...programs];
  const second = (name: string) => name.endsWith(" 2");
  const edge = (name: string) => name.startsWith("edge");
  return [
    all.filter(([name]) => !edge(name) && !second(name)),
    all.filter(([name]) => edge(name) && !second(name)),
    all.filter(([name]) => !edge(name) && second(name)),
    all.filter(([name]) => edge(name) && second(name)),
  ];
}

/** Runs whose one step says that it is alive once, and never again. */
async function startSilentSteps({ client, admin }: Mesh): Promise<readonly string[]> {
  const token = await enter({ client }, admin, workspace);
  const project = "silent";
  await client(ProjectService, token).createProject({ name: project });
  await client(PipelineService, token).createPipeline({ project, name: "silent" });
  const { snapshot } = await client(SnapshotService, token).createSnapshot({ project, pipeline: "silent", dynamic: true });
  return Promise.all(
    Array.from({ length: 5 }, async () => {
      const { run } = await client(RunService, token).createRun({ project, snapshot: snapshot?.id ?? "", running: true });
      const id = run?.id ?? "";
      await client(ReportService, token).startStep({ run: id, step: "silent", started: { heartbeatTimeout: { seconds: 5n } } });
      return id;
    }),
  );
}

/** What the record of each run says of failed steps, and how often. */
async function failuresOf({ environment }: Mesh, runs: readonly string[]): Promise<readonly string[]> {
  const { db, close } = openDatabase(environment.SIGNALBOX_DATABASE_URL ?? "", { poolSize: 1 });
  try {
    const { rows } = await sql<{ runId: Buffer; kind: string; n: number }>`
      select run_id, kind, count(*) as n from runs_event where kind = 'step.failed' group by run_id, kind`.execute(db);
    return rows
      .map(({ runId, kind, n }) => ({ run: toUuid(runId), told: `${kind} ${n}` }))
      .filter(({ run }) => runs.includes(run))
      .map(({ run, told }) => `${run} ${told}`)
      .sort();
  } finally {
    await close();
  }
}
