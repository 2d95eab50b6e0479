import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { type Box, folderStore, openBox, openConnection, type Replay, type Run, type StartRun } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("a program that repeats a run on %s", (dialect) => {
  let plane: Plane;
  let box: Box;
  let folder: string;
  let computed: string[] = [];
  beforeAll(async () => {
    plane = await startPlane(dialect);
    const admin = await enter(plane, plane.admin, workspace);
    await plane.client(ProjectService, admin).createProject({ name: "demo" });
    folder = mkdtempSync(join(tmpdir(), "signalbox-replay-"));
    const connection = openConnection({ url: plane.url, credential: admin });
    box = openBox(connection, { project: "demo", artifactStore: folderStore(folder) });
  }, 60_000);
  afterAll(async () => {
    box.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A pipeline as people write it: nothing in it knows of replays but its first line. */
  async function pipeline(replay?: string | Replay, more: Partial<StartRun> = {}): Promise<{ run: Run; result: number }> {
    computed = [];
    const run = await box.startRun({ pipeline: "birds", parameters: { seed: 1 }, replay, ...more });
    const compute = <T>(name: string, value: T): T => {
      computed.push(name);
      return value;
    };
    const birds = await run.step("load", () => compute("load", 3));
    const { train, rest } = await run.step("split", { inputs: { birds } }, ({ inputs, save }) => {
      compute("split", 0);
      return { train: save("train", inputs.birds.value - 1), rest: save("rest", 1) };
    });
    const weights = await run.step("train", { inputs: { train, rest } }, ({ inputs }) =>
      compute("train", 10 * inputs.train.value + inputs.rest.value),
    );
    const rated = await run.step("rate", { inputs: { weights } }, ({ inputs }) => compute("rate", inputs.weights.value));
    const result = await rated.load();
    expect((await run.finish()).status).toBe(Status.COMPLETED);
    return { run, result };
  }

  test("computes what is to run again, with all after it, and finds the rest", async () => {
    const first = await pipeline();
    expect([first.result, computed]).toEqual([21, ["load", "split", "train", "rate"]]);
    const again = await pipeline({ run: first.run.name, again: ["train"] });
    expect([again.result, computed]).toEqual([21, ["train", "rate"]]);
    expect(await box.runs.get(again.run.id)).toMatchObject({
      ...{ originalRun: first.run.id, status: Status.COMPLETED, steps: { total: 4, cached: 2, completed: 2 } },
      parameters: { text: '{"seed":1}' },
    });
    await pipeline(first.run.id);
    expect(computed).toEqual([]);
    await pipeline({ run: first.run.id, skip: ["load"] }, { parameters: { seed: 2 } });
    expect(computed).toEqual(["split", "train", "rate"]);
    await pipeline({ run: first.run.id, reuse: "nothing" });
    expect(computed).toEqual(["load", "split", "train", "rate"]);
    const { steps } = await box.connection.client(RunService).listSteps({ run: again.run.id });
    const lineage = await box.lineage(steps.at(-1)?.outputs[0]?.artifactVersion ?? "");
    expect(JSON.stringify(lineage)).toContain("load");
  }, 60_000);

  test("consumes something else where it is said, and whoever joins it does, too", async () => {
    const first = await pipeline();
    const other = await box.startRun({ pipeline: "others" });
    const more = await other.step("make", ({ save }) => save("more", 7));
    await other.finish();
    const replayed = await pipeline({ run: first.run.id, overrides: { train: { rest: more } } });
    expect([replayed.result, computed]).toEqual([27, ["train", "rate"]]);
    const { steps } = await box.connection.client(RunService).listSteps({ run: replayed.run.id });
    const inputs = steps
      .find(({ name }) => name === "train")
      ?.inputs.map(({ name, artifactVersion, kind }) => [name, kind, artifactVersion === more.id]);
    expect(inputs?.sort()).toEqual([
      ["rest", InputKind.OVERRIDE, true],
      ["train", InputKind.STEP_OUTPUT, false],
    ]);
    const overrides = [{ step: "train", input: "rest", artifactVersion: more.id }];
    const request = { project: first.run.project, run: first.run.id, overrides, skip: ["split"], running: true, orchestratorRun: "job-1" };
    const { run: made } = await box.connection.client(RunService).replayRun(request);
    const joined = await box.joinRun({ run: made?.id ?? "" });
    const kept = await box.artifact<number>("train");
    const weights = await joined.step("train", { inputs: { train: kept, rest: kept } }, ({ inputs }) => inputs.rest.value);
    expect(await weights.load()).toBe(7);
    await joined.leave();
  }, 60_000);

  test("tells what is to follow, and what never came", async () => {
    const run = await box.startRun({ pipeline: "plans" });
    await run.plan(["load", { name: "train", upstream: ["load"] }, { name: "rate", upstream: ["train"] }]);
    expect(await box.runs.get(run.id)).toMatchObject({ steps: { total: 3, running: 0 } });
    await run.step("load", () => 1);
    await expect(run.plan([""])).rejects.toMatchObject({ reason: "MISUSE" });
    await run.finish();
    await expect(run.plan(["more"])).rejects.toMatchObject({ reason: "MISUSE" });
    const { steps } = await box.connection.client(RunService).getRunGraph({ run: run.id });
    expect(steps.map(({ name, status }) => [name, status])).toEqual([
      ["load", Status.COMPLETED],
      ["train", Status.SKIPPED],
      ["rate", Status.SKIPPED],
    ]);
  }, 60_000);

  test("is told what is wrong", async () => {
    const { run } = await pipeline();
    const refused = (replay: Replay) => box.startRun({ pipeline: "birds", replay });
    await expect(refused({ run: run.id, again: ["sing"] })).rejects.toMatchObject({ reason: "NOT_FOUND" });
    await expect(refused({ run: run.id, again: ["load"], skip: ["train"] })).rejects.toThrow(/"train".*"load" is to run again/);
    await expect(refused({ run: "nobody" })).rejects.toMatchObject({ reason: "NOT_FOUND" });
    await expect(box.startRun({ pipeline: "birds", replay: run.id, resume: run.id })).rejects.toMatchObject({ reason: "MISUSE" });
    await expect(box.startRun({ pipeline: "bees", replay: run.id })).rejects.toMatchObject({ reason: "FIELD_INVALID" });
  }, 60_000);
});
