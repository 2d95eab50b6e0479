import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { type Box, folderStore, openBox, openConnection, type Run } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("a program that goes on on %s", (dialect) => {
  let plane: Plane;
  let box: Box;
  let folder: string;
  let computed: string[] = [];
  let diskIsFull = true;
  beforeAll(async () => {
    plane = await startPlane(dialect);
    const admin = await enter(plane, plane.admin, workspace);
    await plane.client(ProjectService, admin).createProject({ name: "demo" });
    folder = mkdtempSync(join(tmpdir(), "signalbox-resume-"));
    const connection = openConnection({ url: plane.url, credential: admin });
    box = openBox(connection, { project: "demo", artifactStore: folderStore(folder) });
  }, 60_000);
  afterAll(async () => {
    box.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A pipeline as people write it: nothing in it knows of resuming but its first line. */
  async function pipeline(resume?: string): Promise<Run> {
    computed = [];
    const run = await box.startRun({ pipeline: "birds", resume });
    try {
      const birds = await run.step("load", () => {
        computed.push("load");
        return { count: 3 };
      });
      const { train, rest } = await run.step("split", { inputs: { birds } }, ({ inputs, save }) => {
        computed.push("split");
        return { train: save("train", inputs.birds.value.count - 1), rest: save("rest", 1) };
      });
      await using tuned = await run.child("tune", { pipeline: "tuning" });
      const best = await tuned.step("search", { inputs: { train } }, ({ inputs }) => {
        computed.push("search");
        return inputs.train.value * 2;
      });
      await tuned.finish();
      await using later = await run.child("check", { pipeline: "checking" });
      await later.step("look", () => {
        computed.push("look");
        if (diskIsFull) throw new Error("no space left");
        return "fine";
      });
      await later.finish();
      const weights = await run.step("train", { inputs: { best, rest } }, ({ inputs }) => {
        computed.push("train");
        return inputs.best.value + inputs.rest.value;
      });
      expect(await weights.load()).toBe(5);
      await run.finish();
    } catch (error) {
      await run.fail(error);
    }
    return run;
  }

  test("computes what is missing, and finds the rest, of the runs that it started too", async () => {
    const first = await pipeline();
    expect(computed).toEqual(["load", "split", "search", "look"]);
    expect((await box.runs.get(first.id)).status).toBe(Status.FAILED);

    diskIsFull = false;
    const second = await pipeline(first.name);
    expect(second.id).toBe(first.id);
    expect(computed).toEqual(["look", "train"]);
    expect(await box.runs.get(first.id)).toMatchObject({ status: Status.COMPLETED, generation: 2, steps: { total: 3, completed: 3 } });

    const { steps } = await box.connection.client(RunService).listSteps({ run: first.id });
    expect(steps.map(({ name, attempt, upstream }) => [name, attempt, upstream])).toEqual([
      ["load", 1, []],
      ["split", 1, ["load"]],
      ["train", 1, ["split"]],
    ]);
    const children: unknown[] = [];
    for await (const child of box.runs.list({ filter: `parent_run = ${first.id}`, orderBy: "create_time" })) {
      children.push([child.childKey, child.status, child.generation]);
    }
    expect(children).toEqual([
      ["tune", Status.COMPLETED, 1],
      ["check", Status.COMPLETED, 2],
    ]);
    await expect(pipeline(first.name)).rejects.toMatchObject({ reason: "TRANSITION_REFUSED" });
  }, 60_000);

  test("tells apart who goes on and who is left behind", async () => {
    const left = await box.startRun({ pipeline: "birds" });
    await left.step("load", () => 1);
    await box.connection.client(RunService).stopRun({ run: left.id, force: true });
    await expect(box.startRun({ pipeline: "bees", resume: left.id })).rejects.toMatchObject({ reason: "MISUSE" });
    await left.fail(new Error("gone"));
    const next = await box.startRun({ pipeline: "birds", resume: left.id });
    await expect(box.startRun({ pipeline: "birds", resume: left.id })).rejects.toMatchObject({ reason: "RUN_IN_PROGRESS" });
    const third = await next.step("more", (step) => step.attempt);
    expect(await third.load()).toBe(1);
    expect((await next.finish()).status).toBe(Status.COMPLETED);
  }, 60_000);
});
