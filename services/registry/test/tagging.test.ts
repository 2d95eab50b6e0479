import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("tags of pipelines and models on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project: string;
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project();
    it.part.startDuties();
  });
  afterAll(() => it.close());

  const taggings = async (tag: string) =>
    (await it.tables.db.selectFrom("registry_tagging").select("kind").where("tagId", "=", toId(tag)).execute()).length;
  const idOf = async (tag: string) => (await it.admin.tags.getTag({ tag })).tag?.id ?? "";

  test("a pipeline has the tags it was created with, and those that it is given", async () => {
    const request = { id: newUuid(), project, name: "train", tags: ["weekly", "eu", "weekly"] };
    const { pipeline } = await it.developer.pipelines.createPipeline(request);
    expect(pipeline?.tags).toEqual(["eu", "weekly"]);
    expect((await it.developer.pipelines.createPipeline(request)).pipeline).toEqual(pipeline);
    expect(await reasonOf(it.developer.pipelines.createPipeline({ ...request, tags: [] }))).toBe("ID_REUSED");
    expect((await it.viewer.pipelines.getPipeline({ pipeline: request.id })).pipeline).toEqual(pipeline);
    const { pipelines: tagged } = await it.developer.pipelines.tagPipelines({
      pipelines: [request.id],
      addTags: ["eu", "new"],
      removeTags: ["weekly"],
    });
    expect(tagged).toMatchObject([{ id: request.id, tags: ["eu", "new"] }]);
    const other = await it.pipeline(project);
    const listed = async (filter: string) => (await it.viewer.pipelines.listPipelines({ project, filter })).pipelines.map(({ id }) => id);
    expect(await listed("tags:new AND tags:eu")).toEqual([request.id]);
    expect(await listed("NOT tags:*")).toEqual([other]);
    expect(await reasonOf(it.viewer.pipelines.tagPipelines({ pipelines: [other], addTags: ["x"] }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.pipelines.tagPipelines({ pipelines: [other], addTags: ["x"] }))).toBe("NOT_FOUND");
  });

  test("a tag that is renamed or deleted is so at once, and what it was attached to is tidied up", async () => {
    const { model } = await it.developer.models.createModel({ project, name: "penguins", tags: ["before", "kept"] });
    const id = await idOf("before");
    await it.admin.tags.updateTag({ tag: id, name: "after" });
    const shown = async () => (await it.viewer.models.getModel({ model: model?.id ?? "" })).model?.tags;
    expect(await shown()).toEqual(["after", "kept"]);
    expect((await it.viewer.models.listModels({ filter: "tags:after" })).models).toHaveLength(1);
    await it.admin.tags.deleteTag({ tag: id });
    expect(await shown()).toEqual(["kept"]);
    await until(async () => (await taggings(id)) === 0);
    await it.developer.models.tagModels({ models: [model?.id ?? ""], addTags: ["after"] });
    expect(await shown()).toEqual(["after", "kept"]);
  });

  test("neither can have an exclusive tag", async () => {
    await it.admin.tags.createTag({ name: "only one", exclusive: true });
    expect(await reasonOf(it.developer.models.createModel({ project, name: "x", tags: ["only one"] }))).toBe("FIELD_INVALID");
    const pipelines = [await it.pipeline(project)];
    expect(await reasonOf(it.admin.pipelines.tagPipelines({ pipelines, addTags: ["only one"] }))).toBe("FIELD_INVALID");
  });

  test("fifty who attach the same new tag at once all do", async () => {
    const models = await Promise.all(Array.from({ length: 5 }, () => it.model(project)));
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        it.admin.models.tagModels({ models: [models[i % 5] as string], addTags: ["common", `own ${i % 5}`] }),
      ),
    );
    const { models: listed } = await it.viewer.models.listModels({ filter: "tags:common" });
    expect(listed.map(({ id }) => id).toSorted()).toEqual(models.toSorted());
  });

  test("attachments go with what has them", async () => {
    const { model } = await it.admin.models.createModel({ project, name: "gone", tags: ["going"] });
    const { pipeline } = await it.admin.pipelines.createPipeline({ project, name: "gone", tags: ["going"] });
    const id = await idOf("going");
    expect(await taggings(id)).toBe(2);
    await it.admin.models.deleteModel({ model: model?.id ?? "" });
    await it.admin.pipelines.deletePipeline({ pipeline: pipeline?.id ?? "" });
    expect(await taggings(id)).toBe(0);
    const inProject = await it.project();
    await it.admin.models.createModel({ project: inProject, name: "gone", tags: ["going"] });
    await it.admin.projects.deleteProject({ project: inProject });
    await until(async () => (await taggings(id)) === 0);
  });
});
