import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { Resolution } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box, Run } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { machine, openTestBox } from "../src/developer.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("a program that waits for an answer, on %s", { timeout: 60_000 }, (dialect) => {
  let plane: Plane;
  let token: string;
  let box: Box;

  beforeAll(async () => {
    plane = await startPlane(dialect);
    token = await enter(plane, plane.admin, workspace);
    await plane.client(ProjectService, token).createProject({ name: "demo" });
    box = openTestBox(plane.url, (await machine(plane, "workspace-developer")).key, "demo");
  }, 60_000);
  afterAll(async () => {
    box?.close();
    await plane?.close();
  });

  const schema = { type: "object", required: ["approve"], properties: { approve: { type: "boolean" } } };
  const waits = () => plane.client(WaitConditionService, token);
  const asked = (run: Run) => vi.waitFor(async () => waits().getWaitCondition({ run: run.id, waitCondition: "approve" }), 30_000);
  const polled = (run: Run) => vi.waitFor(async () => expect((await asked(run)).waitCondition?.poller).not.toBe(""), 30_000);
  const answer = (run: Run, resolution: Resolution = Resolution.CONTINUE) =>
    waits().answerWaitCondition({ run: run.id, waitCondition: "approve", resolution, result: { text: '{"approve": true}' } });
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  test("hears it at once", async () => {
    await using run = await box.startRun({ pipeline: "gate" });
    const waiting = run.waitFor<{ approve: boolean }>("approve", { question: "Ship it?", schema, metadata: { accuracy: 0.93 } });
    await polled(run);
    const began = performance.now();
    await answer(run);
    expect(await waiting).toEqual({ approve: true });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await run.finish()).status).toBe(Status.COMPLETED);
  });

  test("that ended when its patience did finds the answer when it is started again", async () => {
    const run = await box.startRun({ pipeline: "gate" });
    expect(await failure(run.waitFor("approve", { schema, patienceSeconds: 0 }))).toMatchObject({ reason: "RUN_PAUSED" });
    await run[Symbol.asyncDispose]();
    const { run: paused } = await plane.client(RunService, token).getRun({ run: run.id });
    expect(paused).toMatchObject({ status: Status.PAUSED, inProgress: true, waitCondition: { name: "approve" } });
    await answer(run);

    const again = await box.joinRun({ run: run.id });
    expect(await again.waitFor("approve", { schema })).toEqual({ approve: true });
    await again.step("ship", () => "shipped");
    expect((await again.finish()).status).toBe(Status.COMPLETED);
  });

  test("ends where the answer is to abort", async () => {
    await using run = await box.startRun({ pipeline: "gate" });
    const waiting = failure(run.waitFor("approve", { schema }));
    await polled(run);
    await answer(run, Resolution.ABORT);
    expect(await waiting).toMatchObject({ reason: "RUN_STOPPED" });
    expect(await run.finish()).toMatchObject({ status: Status.STOPPED, statusReason: 'aborted at "approve"' });
  });
});
