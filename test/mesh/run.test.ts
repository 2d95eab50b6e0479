import { type PenguinsResult, runPenguins } from "@signalbox/example-penguins";
import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Machine, machine, openTestBox } from "../src/developer.ts";
import { startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

type Served = Omit<Plane, "folder">;

for (const dialect of dialects.filter((each) => each !== "mysql"))
  describe(
    `one process on ${dialect}`,
    story(() => startPlane(dialect)),
  );

for (const dialect of dialects.filter((each) => each !== "sqlite"))
  needsRedis()(
    `eight processes on ${dialect}`,
    story(() => startMesh({ dialect, redisUrl: serverUrl("redis") ?? "" })),
  );

function story(start: () => Promise<Served>): () => void {
  return () => {
    let plane: Served;
    let token: string;
    let developer: Machine;
    let box: Box;
    let first: PenguinsResult;
    let second: PenguinsResult;

    beforeAll(async () => {
      plane = await start();
      token = await enter(plane, plane.admin, workspace);
      await plane.client(ProjectService, token).createProject({ name: "demo" });
      developer = await machine(plane, "workspace-developer");
      box = openTestBox(plane.url, developer.key, "demo");
      first = await runPenguins(box);
      second = await runPenguins(box);
    }, 120_000);
    afterAll(async () => {
      box?.close();
      await plane?.close();
    });

    const stepsOf = async ({ run: { id } }: PenguinsResult) =>
      new Map((await plane.client(RunService, token).listSteps({ run: id })).steps.map((step) => [step.name, step]));

    test("a run is kept with its steps, what they consumed and produced, and what they measured", async () => {
      const { run } = await plane.client(RunService, token).getRun({ run: first.run.id });
      expect(run).toMatchObject({ status: Status.COMPLETED, inProgress: false, pipelineName: "penguins" });
      expect(run?.steps).toMatchObject({ total: 7, completed: 7, cached: 0, failed: 0 });
      const steps = await stepsOf(first);
      const upstream = Object.fromEntries([...steps].map(([name, step]) => [name, [...step.upstream].sort()]));
      expect(upstream).toEqual({
        load: [],
        clean: ["load"],
        split: ["clean"],
        "train rate=0.1": ["split"],
        "train rate=0.01": ["split"],
        evaluate: ["split", "train rate=0.01", "train rate=0.1"],
        register: ["evaluate", "train rate=0.1"],
      });
      expect(steps.get("train rate=0.1")?.metrics).toMatchObject([{ name: "loss", count: 40n, lastIndex: 40n }]);
      expect(
        steps
          .get("split")
          ?.outputs.map(({ name }) => name)
          .sort(),
      ).toEqual(["test", "train"]);
      expect(steps.get("load")?.metadata.summary?.kind).toEqual({ case: "text", value: "344 rows" });
      expect(first.accuracy).toBeGreaterThan(0.9);
    });

    test("what was computed before is served from there, with the same artifacts", async () => {
      expect([first.cachedSteps, second.cachedSteps]).toEqual([0, 6]);
      const [before, after] = [await stepsOf(first), await stepsOf(second)];
      for (const [name, step] of after) {
        if (name === "register") continue;
        expect(step).toMatchObject({ status: Status.CACHED, cachedFrom: before.get(name)?.id, cachedFromRun: first.run.name });
        expect(step.outputs).toEqual(before.get(name)?.outputs);
      }
    });

    test("lineage walks from the weights to where the data came in", async () => {
      const { producer } = first.lineage;
      expect(producer?.runName).toBe(first.run.name);
      const walked: string[] = [];
      for (let at = producer; at; at = Object.values(at.inputs)[0]?.producer) walked.push(at.step);
      expect(walked).toEqual(["train rate=0.1", "split", "clean", "load"]);
    });

    test("the newest model version holds the stage, the one before is archived", async () => {
      const versions = await Promise.all([1, 2].map((number) => box.model("penguin-classifier").version(number)));
      expect(versions.map(({ stage, run }) => [stage, run])).toEqual([
        ["archived", first.run.id],
        ["staging", second.run.id],
      ]);
    });

    test("each plane's audit log tells who changed what there", async () => {
      const ours = `principal = "${developer.id}"`;
      const list = async (at: string, filter: string) =>
        (await plane.client(AuditService, at).listAuditEvents({ filter, pageSize: 1000 })).auditEvents;
      const methodsIn = (events: Awaited<ReturnType<typeof list>>) => events.map(({ method }) => method.split("/").at(-1));
      // What other services did arrives as events, soon.
      const soon = { timeout: 10_000 };
      const done = async () => methodsIn((await list(token, ours)).filter(({ outcome }) => outcome === Outcome.DONE));
      for (const method of ["CreateRun", "CreateSnapshot", "CreateModel", "CreateModelVersion"]) {
        await expect.poll(done, soon).toContain(method);
      }
      const ofControl = () => list(plane.admin, `subject = "${developer.id}"`);
      await expect.poll(async () => methodsIn(await ofControl()), soon).toContain("CreateServiceAccount");
      const inControl = await ofControl();
      expect(inControl.some(({ service }) => ["runs", "artifacts", "registry"].includes(service))).toBe(false);
    });
  };
}
