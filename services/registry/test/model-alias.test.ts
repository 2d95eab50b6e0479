import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("aliases of model versions on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let model = "";
  let [first, second] = ["", ""];
  const version = async (init: { tags?: string[] } = {}) =>
    (await it.admin.versions.createModelVersion({ project, model, ...init })).modelVersion?.id ?? "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("penguins");
  });
  beforeEach(async () => {
    model = await it.model(project);
    [first, second] = [await version(), await version()];
  });
  afterAll(() => it.close());

  const set = (alias: string, version: string, etag = "") => it.admin.models.setModelAlias({ model, alias, version, etag });
  const find = async (asked: string) => (await it.viewer.versions.findModelVersion({ model, version: asked })).modelVersion;

  test("an alias stands for one version, and moves", async () => {
    const { alias, movedFrom } = await set("champion", "1");
    expect([alias, movedFrom]).toMatchObject([{ alias: "champion", modelVersion: first, number: 1, by: { name: "admin" } }, ""]);
    expect(await set("champion", first)).toEqual({ $typeName: expect.anything(), alias, movedFrom: "" });
    expect(await find("@champion")).toMatchObject({ id: first, aliases: ["champion"] });
    await set("challenger", "@champion");
    expect(await set("champion", "latest", alias?.etag)).toMatchObject({ alias: { modelVersion: second, number: 2 }, movedFrom: first });
    expect(await find("@champion")).toMatchObject({ id: second, aliases: ["champion"] });
    expect((await it.viewer.models.getModel({ model })).model?.aliases).toMatchObject([
      { alias: "challenger", modelVersion: first },
      { alias: "champion", modelVersion: second },
    ]);
    const listed = async (filter: string) => (await it.viewer.versions.listModelVersions({ model, filter })).modelVersions;
    expect(await listed("aliases:champion")).toMatchObject([{ id: second, aliases: ["champion"] }]);
    expect(await listed("NOT aliases:*")).toEqual([]);
    expect(await reasonOf(set("champion", "1", alias?.etag))).toBe("ETAG_MISMATCH");
    expect(await reasonOf(it.admin.models.deleteModelAlias({ model, alias: "champion", etag: alias?.etag ?? "" }))).toBe("ETAG_MISMATCH");
    await it.admin.models.deleteModelAlias({ model, alias: "champion" });
    expect(await reasonOf(find("@champion"))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.models.deleteModelAlias({ model, alias: "champion" }))).toBe("NOT_FOUND");
    expect(await set("champion", "1")).toMatchObject({ alias: { modelVersion: first }, movedFrom: "" });
    expect(await reasonOf(set("champion", "2", alias?.etag))).toBe("ETAG_MISMATCH");
  });

  test("what could be taken for something else is no alias, and what is not there has none", async () => {
    for (const alias of ["3", "latest", "Production", "v3", "@x", newUuid()]) expect(await reasonOf(set(alias, "1"))).toBe("FIELD_INVALID");
    for (const version of ["9", "staging", "@nobody", newUuid()]) expect(await reasonOf(set("champion", version))).toBe("NOT_FOUND");
    const elsewhere = await it.model(project);
    expect(await reasonOf(it.admin.models.setModelAlias({ model: elsewhere, alias: "champion", version: first }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.developer.models.setModelAlias({ model, alias: "champion", version: "1" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.models.setModelAlias({ model, alias: "champion", version: "1" }))).toBe("NOT_FOUND");
  });

  test("a model has at most a hundred", async () => {
    for (let i = 0; i < 100; i++) await set(`alias ${i}`, i % 2 ? first : second);
    expect(await reasonOf(set("one more", "1"))).toBe("FIELD_INVALID");
    await set("alias 7", "2");
    expect((await it.viewer.models.getModel({ model })).model?.aliases).toHaveLength(100);
  });

  test("of twenty who move one, each takes it from the one before, and nobody finds it gone", async () => {
    const versions = [first, second, await version(), await version()];
    await set("champion", first);
    const finding = (async () => {
      for (let i = 0; i < 40; i++) expect((await find("@champion"))?.aliases).toBeDefined();
    })();
    const moves = await Promise.all(Array.from({ length: 20 }, (_, i) => set("champion", versions[i % 4] as string)));
    await finding;
    const inOrder = moves
      .filter(({ movedFrom }) => movedFrom !== "")
      .sort((a, b) => Number(a.alias?.etag.slice(1)) - Number(b.alias?.etag.slice(1)));
    expect(inOrder.map(({ movedFrom }) => movedFrom)).toEqual([first, ...inOrder.slice(0, -1).map(({ alias }) => alias?.modelVersion)]);
    expect((await find("@champion"))?.id).toBe(inOrder.at(-1)?.alias?.modelVersion);
  });

  test("of ten who move it with one etag, one does", async () => {
    const { alias } = await set("champion", first);
    const others = await Promise.all(Array.from({ length: 10 }, () => version()));
    const moved = await Promise.allSettled(others.map((id) => set("champion", id, alias?.etag)));
    expect(moved.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a version that goes takes its aliases with it, whoever gives it some meanwhile", async () => {
    for (const _ of [1, 2, 3, 4, 5]) {
      const id = await version({ tags: ["going"] });
      await it.admin.versions.setModelStage({ modelVersion: id, stage: ModelStage.ARCHIVED });
      const [gone, given] = await Promise.allSettled([it.admin.versions.deleteModelVersion({ modelVersion: id }), set("champion", id)]);
      expect(gone.status).toBe("fulfilled");
      if (given.status === "rejected") expect(await reasonOf(Promise.reject(given.reason))).toBe("NOT_FOUND");
      const left = it.tables.db.selectFrom("registry_model_alias").select("alias").where("versionId", "=", toId(id));
      expect(await left.execute()).toEqual([]);
      const tags = it.tables.db.selectFrom("registry_tagging").select("tagId").where("resourceId", "=", toId(id));
      expect(await tags.execute()).toEqual([]);
    }
  });

  test("versions have tags, and one of a model has an exclusive one", async () => {
    const request = { id: newUuid(), project, model, tags: ["tested", "eu"] };
    const { modelVersion } = await it.admin.versions.createModelVersion(request);
    expect(modelVersion).toMatchObject({ tags: ["eu", "tested"], aliases: [], number: 3 });
    expect((await it.admin.versions.createModelVersion(request)).modelVersion).toEqual(modelVersion);
    expect(await reasonOf(it.admin.versions.createModelVersion({ ...request, tags: [] }))).toBe("ID_REUSED");
    await it.admin.tags.createTag({ name: `best of ${model}`, exclusive: true });
    const best = (id: string) => it.admin.versions.tagModelVersions({ modelVersions: [id], addTags: [`best of ${model}`] });
    await best(first);
    expect((await best(request.id)).modelVersions).toMatchObject([{ id: request.id, tags: [`best of ${model}`, "eu", "tested"] }]);
    const { modelVersions } = await it.viewer.versions.listModelVersions({ filter: `tags:"best of ${model}"` });
    expect(modelVersions.map(({ id }) => id)).toEqual([request.id]);
  });

  test("a model that goes takes them along", async () => {
    await set("champion", first);
    await it.admin.models.deleteModel({ model });
    const left = it.tables.db.selectFrom("registry_model_alias").select("alias").where("modelId", "=", toId(model));
    expect(await left.execute()).toEqual([]);
  });
});
