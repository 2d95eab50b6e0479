import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { Aggregation, GroupingField, Measure } from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box } from "@signalbox/sdk";
import { ComponentService, RunTemplateService, SecretService, TagService } from "@signalbox/sdk/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Machine, machine, openTestBox } from "../src/developer.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

const run = promisify(execFile);

/** All that a generator gives. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each(dialects)("the SDK and a server on %s", (dialect) => {
  let plane: Plane;
  let developer: Machine;
  let box: Box;
  beforeAll(async () => {
    plane = await startPlane(dialect);
    await plane.client(ProjectService, await enter(plane, plane.admin, workspace)).createProject({ name: "demo" });
    developer = await machine(plane, "workspace-admin");
    box = openTestBox(plane.url, developer.key, "demo");
  }, 60_000);
  afterAll(async () => {
    box?.close();
    await plane?.close();
  });

  /** A run with a step that costs something and one that fails. */
  async function trained(rate: number) {
    const run = await box.startRun({ pipeline: "birds", parameters: { rate } });
    await run.step("load", () => [1, 2, 3]);
    await run.step("train", (step) => {
      step.metadata({ accuracy: rate });
      return rate;
    });
    const failed = run.step("rate", () => {
      throw new TypeError("no");
    });
    await failed.catch(() => undefined);
    await run.finish().catch(() => undefined);
    return run;
  }

  test("runs are counted in groups, and measured", async () => {
    for (const rate of [0.25, 0.75]) await trained(rate);
    const { groups } = await box.runs.statistics({
      groupings: [{ name: "status", by: { case: "field", value: GroupingField.STATUS } }],
      metrics: [
        { name: "accuracy", aggregation: Aggregation.AVERAGE, of: { case: "metadataKey", value: "accuracy" } },
        { name: "steps", aggregation: Aggregation.SUM, of: { case: "measure", value: Measure.STEP_COUNT } },
      ],
    });
    expect(groups).toMatchObject([{ runCount: 2n, values: { steps: 6 } }]);
  });

  test("steps of all runs are found, and runs by their ids", async () => {
    const found = await all(box.runs.steps({ filter: "name = train", orderBy: "create_time", pageSize: 1 }));
    expect(found.map(({ name, metadata }) => [name, metadata.accuracy?.kind.value])).toEqual([
      ["train", 0.25],
      ["train", 0.75],
    ]);
    const runs = await box.runs.many(found.map(({ run }) => run).toReversed());
    expect(runs.map(({ id }) => id)).toEqual(found.map(({ run }) => run).toReversed());
    expect(await all(box.runs.steps({ filter: 'status = FAILED AND update_time > "-1h"', latest: true }))).toHaveLength(2);
    expect(await all(box.runs.steps({ project: "demo", filter: "owner = nobody" }))).toEqual([]);
  });

  test("outputs serve until when it is said", async () => {
    const first = await box.startRun({ pipeline: "prices", cache: true });
    await first.step("ask", { cache: true }, () => 7);
    await first.finish();
    const step = async (name: string) => (await all(box.runs.steps({ filter: `run = ${name}` })))[0];
    const expired = await box.runs.setCacheExpiry(first.id, "ask", { until: new Date(Date.now() - 1000) });
    expect(expired.cacheExpireTime).toBeDefined();
    expect((await step(first.id))?.status).toBe(Status.COMPLETED);
    expect(await all(box.runs.steps({ filter: "cache_expired = true" }))).toHaveLength(1);
    expect((await box.runs.setCacheExpiry(first.id, "ask")).cacheExpireTime).toBeUndefined();
  });

  test("every service can be called, typed: in the project of the box, with ids, and lists to their end", async () => {
    const tags = box.calls(TagService);
    for (const name of ["champion", "nightly", "weekly"]) await tags.createTag({ name });
    const names = (await all(tags.listTags({ orderBy: "name", pageSize: 2 }))).map(({ name }) => name);
    expect(names).toEqual(["champion", "nightly", "weekly"]);
    const { tag } = await tags.updateTag({ tag: "weekly", description: "once a week" });
    expect(tag).toMatchObject({ description: "once a week" });
    const snapshot = (await all(box.runs.list()))[0]?.snapshot ?? "";
    const { runTemplate } = await box.calls(RunTemplateService).createRunTemplate({ name: "again", snapshot });
    expect((await all(box.calls(RunTemplateService).listRunTemplates())).map(({ id }) => id)).toEqual([runTemplate?.id]);
    expect(runTemplate?.project).toBe((await all(box.runs.list()))[0]?.project);
    await box.calls(SecretService).createSecret({ name: "github", values: { token: "t" } });
    expect(await box.calls(SecretService).readSecretValues({ secret: "github" })).toMatchObject({ values: { token: "t" } });
    expect(await all(box.calls(ComponentService).listComponents())).toEqual([]);
  });

  test("a program that plans, and does nothing else for a while, comes to its end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-plan-"));
    const sdk = new URL("../../sdk/src/index.ts", import.meta.url).href;
    // As the documents have it.
    const program = `
      import { connect } from ${JSON.stringify(sdk)};
      const box = await connect();
      const run = await box.startRun({ pipeline: "planned" });
      await run.plan(["clean", { name: "train", upstream: ["clean"] }]);
      console.log("planned");
      const clean = await run.step("clean", () => 1);
      await run.step("train", { inputs: { clean } }, ({ inputs }) => inputs.clean.value + 1);
      await run.finish();
      console.log(run.name);
      box.close();
    `;
    try {
      writeFileSync(join(folder, "program.ts"), program);
      const env = {
        ...process.env,
        SIGNALBOX_URL: plane.url,
        SIGNALBOX_API_KEY: developer.key,
        SIGNALBOX_PROJECT: "demo",
        NODE_OPTIONS: "",
      };
      const { stdout } = await run(process.execPath, [join(folder, "program.ts")], { env, cwd: folder });
      const [said, name = ""] = stdout.split("\n");
      expect(said).toBe("planned");
      expect(await box.runs.get(name, { project: "demo" })).toMatchObject({ status: Status.COMPLETED, steps: { total: 2, completed: 2 } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
