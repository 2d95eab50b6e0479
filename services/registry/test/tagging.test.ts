import { create, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { TagCountsSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { countingTags } from "@signalbox/runtime/resource/tags/counting.ts";
import type { Outbox } from "@signalbox/runtime/store/outbox.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownKinds, takeCounts } from "../src/tag/counts.ts";
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
  const touches = async () => (await it.tables.db.selectFrom("registry_tag_touch").select("id").execute()).length;
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
    expect(tagged).toMatchObject([
      { id: request.id, tags: ["eu", "new"], taggings: [{ name: "eu" }, { tag: await idOf("new"), name: "new" }] },
    ]);
    const [given, later] = tagged[0]?.taggings.map(({ createTime }) => createTime && timestampMs(createTime)) ?? [];
    expect(given).toBe(pipeline?.createTime && timestampMs(pipeline.createTime));
    expect(Number(later)).toBeGreaterThanOrEqual(Number(given));
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

  test("a tag tells how many have it, whoever gives and takes it at once, and of which kinds", async () => {
    const tags = ["counted", "seldom"];
    const models = await Promise.all(Array.from({ length: 6 }, (_, i) => it.model(project, `counted ${i}`)));
    const { pipeline } = await it.admin.pipelines.createPipeline({ project, name: "counted", tags });
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => {
        const asked = i % 3 === 2 ? { removeTags: ["counted"] } : { addTags: ["counted"] };
        return it.admin.models.tagModels({ models: [models[i % 6] as string], ...asked });
      }),
    );
    const id = await idOf("counted");
    const counted = async () => (await it.viewer.tags.getTag({ tag: id })).tag;
    await until(async () => (await touches()) === 0 && Number((await counted())?.taggedCount) === (await taggings(id)));
    const have = (await it.viewer.models.listModels({ filter: "tags:counted" })).models.length;
    const { PIPELINE, MODEL, RUN } = ResourceKind;
    const of = (kind: ResourceKind, count: number) => ({ kind, count: BigInt(count) });
    expect((await counted())?.tagged).toMatchObject([of(PIPELINE, 1), ...(have > 0 ? [of(MODEL, have)] : [])]);
    await it.admin.models.tagModels({ models, addTags: ["counted"] });
    await it.admin.models.deleteModel({ model: models[0] ?? "" });
    await it.admin.pipelines.deletePipeline({ pipeline: pipeline?.id ?? "" });
    await until(async () => (await touches()) === 0 && Number((await counted())?.taggedCount) === 5);
    expect((await counted())?.tagged).toMatchObject([of(MODEL, 5)]);

    // What runs counted comes late, again, and of a tag that is gone.
    const told = (count: number, revision: number, subject = id) =>
      create(EventSchema, {
        ...{ workspace: it.world.workspace, kind: "tag.counted", subject },
        payload: toBinary(TagCountsSchema, create(TagCountsSchema, { counts: [of(RUN, count)], revision: BigInt(revision) })),
      });
    for (const events of [[told(7, 2)], [told(3, 1), told(7, 2)], [told(1, 1, newUuid())]]) {
      await it.tables.transact((trx) => takeCounts(trx, events));
    }
    expect(await counted()).toMatchObject({ taggedCount: 12n, tagged: [of(RUN, 7), of(MODEL, 5)] });
    const found = async (filter: string) =>
      (await it.viewer.tags.listTags({ filter: `(${filter}) AND name = (counted OR seldom)` })).tags.map(({ name }) => name);
    expect(await found("resource_kind:run")).toEqual(["counted"]);
    expect(await found("resource_kind:MODEL AND NOT resource_kind:pipeline")).toEqual(["counted"]);
    expect([await found("NOT resource_kind:*"), await found("resource_kind:snapshot")]).toEqual([["seldom"], []]);
    expect(await reasonOf(found("resource_kind:penguin"))).toBe("FILTER_INVALID");
    await it.tables.transact((trx) => takeCounts(trx, [told(0, 3)]));
    expect(await found("resource_kind:run")).toEqual([]);
    const { tag } = await it.admin.tags.updateTag({ tag: id, description: "how many" });
    expect(tag).toMatchObject({ taggedCount: 5n });

    await it.admin.tags.deleteTag({ tag: id });
    await until(async () => (await taggings(id)) === 0);
    const rows = it.tables.db.selectFrom("registry_tag_count").select("kind").where("tagId", "=", toId(id));
    await until(async () => (await rows.execute()).length === 0);
  });

  test("what was given while nobody counted is counted by whoever begins with that", async () => {
    await it.admin.models.createModel({ project, name: "uncounted", tags: ["uncounted"] });
    const id = await idOf("uncounted");
    await until(async () => Number((await it.viewer.tags.getTag({ tag: id })).tag?.taggedCount) === 1);
    // As an older program would, which knows of no notes.
    const row = await it.tables.db.selectFrom("registry_tagging").selectAll().where("tagId", "=", toId(id)).executeTakeFirstOrThrow();
    await it.tables.db
      .insertInto("registry_tagging")
      .values({ ...row, resourceId: toId(newUuid()) })
      .execute();
    const outbox = { service: "registry", append: async () => {} } as unknown as Outbox;
    const stop = new AbortController();
    await it.tables.db
      .deleteFrom("registry_lease" as never)
      .execute()
      .catch(() => {});
    const duty = countingTags({ database: it.tables as never, outbox, clock: systemClock, kinds: ownKinds }, () => {})(stop.signal);
    await until(async () => Number((await it.viewer.tags.getTag({ tag: id })).tag?.taggedCount) === 2);
    stop.abort();
    await duty;
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
