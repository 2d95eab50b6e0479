import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("run templates on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let pipeline = "";
  let snapshot = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("churn");
    pipeline = await it.pipeline(project, "train");
    snapshot = await kept(pipeline);
  });
  afterAll(() => it.close());

  const kept = async (of: string) =>
    (await it.admin.snapshots.createSnapshot({ project, pipeline: of, dynamic: true, configuration: { text: `"${newUuid()}"` } })).snapshot
      ?.id ?? "";
  const create = (init: { name: string; snapshot?: string; hidden?: boolean }) =>
    it.admin.templates.createRunTemplate({ project, snapshot, ...init });

  test("one is what it was created as, knows its pipeline, and changes field by field", async () => {
    const request = { id: newUuid(), project, name: "nightly", description: "every night", snapshot, hidden: true };
    const { runTemplate } = await it.admin.templates.createRunTemplate(request);
    expect(runTemplate).toMatchObject({ ...request, pipeline, owner: { name: "admin" } });
    expect((await it.admin.templates.createRunTemplate({ ...request, project: "churn" })).runTemplate).toEqual(runTemplate);
    expect(await reasonOf(it.admin.templates.createRunTemplate({ ...request, hidden: false }))).toBe("ID_REUSED");
    expect(await reasonOf(create({ name: "nightly" }))).toBe("NAME_TAKEN");
    const shown = await it.admin.templates.updateRunTemplate({
      ...{ runTemplate: "nightly", project, updateMask: { paths: ["hidden"] } },
    });
    expect(shown.runTemplate).toMatchObject({ hidden: false, description: "every night", etag: "r2" });
    const moved = it.admin.templates.updateRunTemplate({ runTemplate: request.id, updateMask: { paths: ["snapshot"] } });
    expect(await reasonOf(moved)).toBe("FIELD_INVALID");
    expect((await it.viewer.templates.batchGetRunTemplates({ ids: [newUuid(), request.id] })).runTemplates).toEqual([shown.runTemplate]);
  });

  test("the snapshot is one of its project", async () => {
    expect(await failureOf(create({ name: "none", snapshot: newUuid() }))).toMatchObject({
      reason: "NOT_FOUND",
      metadata: { type: "snapshot" },
    });
    const elsewhere = await it.project();
    expect(await reasonOf(it.admin.templates.createRunTemplate({ project: elsewhere, name: "none", snapshot }))).toBe("NOT_FOUND");
    expect(await reasonOf(create({ name: "none", snapshot: "train" }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.viewer.templates.createRunTemplate({ project, name: "none", snapshot }))).toBe("PERMISSION_MISSING");
  });

  test("what is hidden is listed where the filter asks for it", async () => {
    const of = await it.pipeline(project, "listed");
    const own = await kept(of);
    await create({ name: "seen", snapshot: own });
    await create({ name: "unseen", snapshot: own, hidden: true });
    const names = async (filter: string) => {
      const page = await it.viewer.templates.listRunTemplates({ project, filter, orderBy: "name", includeTotal: true });
      expect(page.totalSize).toBe(BigInt(page.runTemplates.length));
      return page.runTemplates.map(({ name }) => name);
    };
    expect(await names("pipeline = listed")).toEqual(["seen"]);
    expect(await names("pipeline = listed AND hidden = true")).toEqual(["unseen"]);
    expect(await names(`snapshot = "${own}" AND (hidden = true OR hidden = false)`)).toEqual(["seen", "unseen"]);
    expect(await reasonOf(names("hidden ="))).toBe("FILTER_INVALID");
  });

  test("one has the tags it was created with and those that it is given, and lists are asked by them", async () => {
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "tagged", snapshot, tags: ["eu", "nightly"] });
    expect(runTemplate?.tags).toEqual(["eu", "nightly"]);
    const id = runTemplate?.id ?? "";
    const { runTemplates } = await it.admin.templates.tagRunTemplates({ runTemplates: [id], addTags: ["slow"], removeTags: ["eu"] });
    expect(runTemplates).toMatchObject([{ id, tags: ["nightly", "slow"] }]);
    const { runTemplates: listed } = await it.viewer.templates.listRunTemplates({ project, filter: "tags:slow AND tags:nightly" });
    expect(listed.map(({ name, tags }) => ({ name, tags }))).toEqual([{ name: "tagged", tags: ["nightly", "slow"] }]);
    expect((await it.viewer.templates.getRunTemplate({ runTemplate: id })).runTemplate?.tags).toEqual(["nightly", "slow"]);
    expect(await reasonOf(it.viewer.templates.tagRunTemplates({ runTemplates: [id], addTags: ["x"] }))).toBe("PERMISSION_MISSING");
    await it.admin.templates.deleteRunTemplate({ runTemplate: id });
    const left = await it.tables.db.selectFrom("registry_tagging").selectAll().where("resourceId", "=", toId(id)).execute();
    expect(left).toEqual([]);
  });

  test("an exclusive tag is that of one template of a pipeline", async () => {
    await it.admin.tags.createTag({ name: "the one", exclusive: true });
    const own = await kept(await it.pipeline(project));
    const [first, second, other] = await Promise.all([
      create({ name: "first", snapshot: own }),
      create({ name: "second", snapshot: own }),
      create({ name: "other" }),
    ]);
    for (const { runTemplate } of [first, other, second]) {
      await it.admin.templates.tagRunTemplates({ runTemplates: [runTemplate?.id ?? ""], addTags: ["the one"] });
    }
    const { runTemplates } = await it.viewer.templates.listRunTemplates({ filter: 'tags:"the one"', orderBy: "name" });
    expect(runTemplates.map(({ name }) => name)).toEqual(["other", "second"]);
  });

  test("one goes with the pipeline of its snapshot, also where both happen at once", async () => {
    const going = await it.pipeline(project, "going");
    const own = await kept(going);
    const { runTemplate } = await create({ name: "going", snapshot: own });
    const repeat = { id: runTemplate?.id ?? "", project, name: "going", snapshot: own };
    const racing = Array.from({ length: 10 }, (_, i) => reasonOf(create({ name: `racing ${i}`, snapshot: own })).catch(() => "OK"));
    await it.admin.pipelines.deletePipeline({ pipeline: going });
    for (const reason of await Promise.all(racing)) expect(["OK", "NOT_FOUND"]).toContain(reason);
    expect(await reasonOf(it.admin.templates.getRunTemplate({ runTemplate: repeat.id }))).toBe("NOT_FOUND");
    const left = await it.viewer.templates.listRunTemplates({ project, filter: `snapshot = "${own}"` });
    expect(left.runTemplates).toEqual([]);
  });
});
