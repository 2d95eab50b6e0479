import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box } from "@signalbox/sdk";
import { describe, expect, test } from "vitest";
import { machine, openTestBox } from "../src/developer.ts";
import { freePorts, startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { adminPassword, clientsOf, type Plane } from "../src/plane.ts";
import { runProgram } from "../src/program.ts";
import { enter, workspace } from "../src/scene.ts";

/** Much of it is programs that start. */
const timeoutMs = 120_000;

const steps = 4;
const points = 400;

/** Steps that measure all the time, one half of them at once; `shake` does what it does while they are at it. */
async function runThrough(box: Box, shake: () => Promise<void>): Promise<string> {
  const run = await box.startRun({ pipeline: "shaken", parameters: {}, cache: false });
  let shaking: Promise<void> | undefined;
  for (let pair = 0; pair < steps; pair += 2) {
    await Promise.all(
      [pair, pair + 1].map((n) =>
        run.step(`step ${n}`, async (step) => {
          for (let index = 1; index <= points; index++) {
            step.metric("loss", 1 / index, index);
            if (index === points / 4) shaking ??= shake();
            await sleep(5);
          }
          return step.save(`out-${n}`, { n });
        }),
      ),
    );
  }
  await shaking;
  await run.finish();
  return run.id;
}

async function expectWhole({ client }: Pick<Plane, "client">, token: string, run: string): Promise<void> {
  const { run: ended } = await client(RunService, token).getRun({ run });
  expect(ended).toMatchObject({ status: Status.COMPLETED, steps: { total: steps, completed: steps, failed: 0 } });
  const { steps: kept } = await client(RunService, token).listSteps({ run });
  expect(kept.map(({ name, attempt, status }) => [name, attempt, status]).sort()).toEqual(
    Array.from({ length: steps }, (_, n) => [`step ${n}`, 1, Status.COMPLETED]),
  );
  for (const { name, metrics, outputs } of kept) {
    expect(metrics).toMatchObject([{ name: "loss", count: BigInt(points), lastIndex: BigInt(points) }]);
    expect(outputs).toHaveLength(1);
    const { points: course } = await client(MetricService, token).listMetricPoints({ run, step: name, metric: "loss", maxPoints: 10_000 });
    expect(course.map(({ index }) => Number(index))).toEqual(Array.from({ length: points }, (_, index) => index + 1));
  }
}

test.runIf(dialects.includes("sqlite"))(
  "a run loses nothing and doubles nothing when the one process is killed and started again",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-restart-"));
    const [port = 0] = await freePorts(1);
    const start = async () => {
      const program = runProgram("deploy/src/start.ts", {
        SIGNALBOX_DATA: folder,
        SIGNALBOX_PORT: String(port),
        SIGNALBOX_ADMIN_PASSWORD: adminPassword,
      });
      await program.said(/"msg":"ready"/);
      return program;
    };
    let program = await start();
    try {
      const url = `http://127.0.0.1:${port}`;
      const client = clientsOf(url);
      const { tokens } = await client(AuthService).signIn({ userName: "admin", password: adminPassword });
      const plane = { client, admin: tokens?.accessToken ?? "" };
      const token = await enter(plane, plane.admin, workspace);
      await client(ProjectService, token).createProject({ name: "demo" });
      const box = openTestBox(url, (await machine(plane, "workspace-developer")).key, "demo");
      const run = await runThrough(box, async () => {
        program.child.kill("SIGKILL");
        expect(await program.ended).toBe("SIGKILL");
        program = await start();
      });
      await expectWhole({ client }, token, run);
      box.close();
    } finally {
      program.child.kill("SIGKILL");
      await program.ended;
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

const suite = dialects.includes("postgres") ? needsRedis() : describe.skip;

suite("in a mesh", () => {
  test(
    "a run loses nothing and doubles nothing when runs, and then the edge, are killed and started again",
    async () => {
      const mesh = await startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "" });
      try {
        const token = await enter(mesh, mesh.admin, workspace);
        await mesh.client(ProjectService, token).createProject({ name: "demo" });
        const box = openTestBox(mesh.url, (await machine(mesh, "workspace-developer")).key, "demo");
        const run = await runThrough(box, async () => {
          for (const name of ["runs", "edge"]) {
            const child = mesh.processes.get(name);
            if (!child) throw new Error(`there is no ${name}`);
            const exit = once(child, "exit");
            child.kill("SIGKILL");
            await exit;
            mesh.restart(name);
            await sleep(1_500);
          }
        });
        await expectWhole(mesh, token, run);
        box.close();
      } finally {
        await mesh.close();
      }
    },
    timeoutMs,
  );
});
