import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("what runs and templates are found by on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("birds");
  });
  afterAll(() => it.close());

  test("are stacks, by name and by a component of theirs", async () => {
    const { workspace } = it.world;
    const [orchestrator, store] = [
      await it.component(ComponentType.ORCHESTRATOR, "fast"),
      await it.component(ComponentType.ARTIFACT_STORE, "s3"),
    ];
    const cheap = await it.component(ComponentType.ARTIFACT_STORE, "disk");
    const create = async (name: string, components: string[]) => (await it.admin.stacks.createStack({ name, components })).stack?.id ?? "";
    const [gpu, cpu] = [await create("gpu large", [orchestrator, store]), await create("cpu", [orchestrator, cheap])];
    const of = async (asked: { name?: string; component?: string; prefix?: boolean }) =>
      (await it.runs.stacks.resolveStacks({ workspace, ...asked })).stacks.sort();
    expect(await of({ name: "gpu large" })).toEqual([gpu]);
    expect(await of({ name: "gpu", prefix: true })).toEqual([gpu]);
    expect(await of({ name: gpu })).toEqual([]);
    expect(await of({ component: store })).toEqual([gpu]);
    expect(await of({ component: "fast" })).toEqual([gpu, cpu].sort());
    expect(await of({ component: "di", prefix: true })).toEqual([cpu]);
    expect(await of({ component: "none" })).toEqual([]);
    expect((await it.runs.stacks.resolveStacks({ workspace: newUuid(), name: "cpu" })).stacks).toEqual([]);
    expect(await reasonOf(it.admin.stacks.resolveStacks({ workspace, name: "cpu" }))).not.toBeUndefined();
  });

  test("are code repositories and run templates, by name in all projects, and runs of a model version", async () => {
    const { workspace } = it.world;
    const elsewhere = await it.project();
    const repositories = [project, elsewhere].map(async (each) => {
      const { codeRepository } = await it.admin.codeRepositories.createCodeRepository({ project: each, name: "penguins" });
      return codeRepository?.id ?? "";
    });
    const both = (await Promise.all(repositories)).sort();
    expect((await it.runs.codeRepositories.resolveCodeRepositories({ workspace, name: "penguins" })).codeRepositories.sort()).toEqual(both);
    const begun = await it.runs.codeRepositories.resolveCodeRepositories({ workspace, name: "peng", prefix: true });
    expect(begun.codeRepositories.sort()).toEqual(both);
    const model = await it.model(project);
    const { modelVersion } = await it.admin.versions.createModelVersion({ project, model });
    const runs = Array.from({ length: 3 }, newUuid);
    await it.admin.versions.addModelRuns({ modelVersion: modelVersion?.id ?? "", runs });
    const linked = await it.runs.versions.resolveModelRuns({ workspace, modelVersion: modelVersion?.id ?? "" });
    expect(linked.runs.sort()).toEqual(runs.sort());
  });

  test("are the build, stack and code repository of the snapshot of a template", async () => {
    const pipeline = await it.pipeline(project, "train");
    const { stack } = await it.admin.stacks.createStack({ name: "prod", components: await it.parts() });
    const { build } = await it.admin.builds.createBuild({ project, pipeline, stack: "prod" });
    const { codeRepository } = await it.admin.codeRepositories.createCodeRepository({ project, name: "birds" });
    const snapshot = async (more: object) => {
      const own = { project, pipeline, dynamic: true, configuration: { text: `"${newUuid()}"` }, ...more };
      return (await it.admin.snapshots.createSnapshot(own)).snapshot?.id ?? "";
    };
    const code = { repository: "https://example.org/birds", commit: "ab", codeRepository: "birds" };
    const whole = await snapshot({ stack: stack?.id ?? "", build: build?.id ?? "", code });
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "nightly", snapshot: whole });
    await it.admin.templates.createRunTemplate({ project, name: "bare", snapshot: await snapshot({}) });
    const named = async (filter: string) => {
      const { runTemplates } = await it.viewer.templates.listRunTemplates({ project, filter, orderBy: "name" });
      return runTemplates.map(({ name }) => name);
    };
    for (const filter of [
      `build = ${build?.id}`,
      `stack = ${stack?.id}`,
      "stack = prod",
      "code_repository = birds",
      `code_repository = ${codeRepository?.id}`,
    ])
      expect([filter, await named(filter)]).toEqual([filter, ["nightly"]]);
    expect(await named("NOT stack = prod")).toEqual(["bare"]);
    expect(await named("stack = none")).toEqual([]);
    const { workspace } = it.world;
    expect((await it.runs.templates.resolveRunTemplates({ workspace, name: "nightly" })).runTemplates).toEqual([runTemplate?.id]);
    expect(await reasonOf(named("build = word"))).toBe("FILTER_INVALID");
  });
});
