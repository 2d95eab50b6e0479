import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("variables, details and batches on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  const environment = { REGION: "eu", __proto: "x=1\n" };
  const secrets = [newUuid(), newUuid()];

  test("components and stacks have variables and secrets, which are replaced as a whole or emptied", async () => {
    const request = { id: newUuid(), name: "store", type: ComponentType.ARTIFACT_STORE, flavor: "local", environment, secrets };
    const { component } = await it.admin.components.createComponent(request);
    expect(component).toMatchObject({ environment, secrets });
    const turned = { ...request, environment: Object.fromEntries(Object.entries(environment).reverse()) };
    expect((await it.admin.components.createComponent(turned)).component).toEqual(component);
    const orchestrator = await it.component(ComponentType.ORCHESTRATOR);
    const { stack } = await it.admin.stacks.createStack({
      ...{ name: "whole", components: [orchestrator, request.id], environment, secrets, specPath: "stacks/whole.yaml" },
    });
    expect(stack).toMatchObject({ environment, secrets, specPath: "stacks/whole.yaml" });

    const update = (asked: object) => it.admin.stacks.updateStack({ stack: "whole", ...asked });
    const turnedSecrets = secrets.toReversed();
    expect((await update({ environment: { A: "" }, secrets: turnedSecrets })).stack).toMatchObject({
      ...{ environment: { A: "" }, secrets: turnedSecrets, specPath: "stacks/whole.yaml", etag: "r2" },
    });
    expect((await update({ updateMask: { paths: ["environment", "secrets", "spec_path"] } })).stack).toMatchObject({
      ...{ environment: {}, secrets: [], specPath: "", etag: "r3" },
    });
    const emptied = await it.admin.components.updateComponent({ component: request.id, updateMask: { paths: ["environment"] } });
    expect(emptied.component).toMatchObject({ environment: {}, secrets });
    expect(await reasonOf(it.admin.components.createComponent({ ...request, id: "", name: "x", environment: { "A=B": "" } }))).toBe(
      "FIELD_INVALID",
    );
    const twice = it.admin.components.createComponent({ ...request, id: "", name: "x", secrets: [request.id, request.id] });
    expect(await failureOf(twice)).toMatchObject({ reason: "FIELD_INVALID" });
  });

  test("stacks are found by their components, and components by their stacks", async () => {
    const parts = await it.parts();
    const { stack } = await it.admin.stacks.createStack({ name: "found", components: parts });
    const { component: named } = await it.viewer.components.getComponent({ component: parts[0] ?? "" });
    for (const reference of parts.concat(named?.name ?? "")) {
      const { stacks } = await it.viewer.stacks.listStacks({ filter: `component:"${reference}"` });
      expect(stacks.map(({ id }) => id)).toEqual([stack?.id]);
    }
    const { components } = await it.viewer.components.listComponents({ filter: `stack:found AND stack:"${stack?.id}"` });
    expect(components.map(({ id }) => id).sort()).toEqual(parts.toSorted());
  });

  test("what clients keep with a project comes back byte for byte", async () => {
    const details = { text: '{ "b": 1,  "a": [null] }' };
    const { project } = await it.admin.projects.createProject({ name: "detailed", details });
    expect(project?.details).toMatchObject(details);
    const { project: changed } = await it.admin.projects.updateProject({ project: "detailed", details: { text: "[]" }, etag: "r1" });
    expect(changed).toMatchObject({ details: { text: "[]" }, etag: "r2" });
    expect(await reasonOf(it.admin.projects.updateProject({ project: "detailed", details: { text: "{" } }))).toBe("FIELD_INVALID");
    const emptied = await it.admin.projects.updateProject({ project: "detailed", updateMask: { paths: ["details"] } });
    expect(emptied.project?.details).toBeUndefined();
  });

  test("many are read by id, in the order asked for, and what one may not see is left out", async () => {
    const project = await it.project();
    const other = await it.project();
    const pipeline = await it.pipeline(project);
    const [component = ""] = await it.parts();
    const { stack } = await it.admin.stacks.createStack({ name: "many", components: await it.parts() });
    const none = newUuid();
    expect((await it.viewer.projects.batchGetProjects({ ids: [other, none, project] })).projects.map(({ id }) => id)).toEqual([
      other,
      project,
    ]);
    const { pipelines } = await it.viewer.pipelines.batchGetPipelines({ ids: [none, pipeline] });
    expect(pipelines).toEqual([(await it.viewer.pipelines.getPipeline({ pipeline })).pipeline]);
    const { components } = await it.viewer.components.batchGetComponents({ ids: [component, none] });
    expect(components).toEqual([(await it.viewer.components.getComponent({ component })).component]);
    expect((await it.viewer.stacks.batchGetStacks({ ids: [stack?.id ?? ""] })).stacks).toEqual([stack]);
    expect((await it.stranger.stacks.batchGetStacks({ ids: [stack?.id ?? ""] })).stacks).toEqual([]);
    expect((await it.stranger.projects.batchGetProjects({ ids: [project] })).projects).toEqual([]);
    await it.admin.projects.deleteProject({ project: other });
    expect((await it.viewer.projects.batchGetProjects({ ids: [other] })).projects).toEqual([]);
  });
});
