import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { STAGING, PRODUCTION, ARCHIVED, UNSPECIFIED } = ModelStage;

describe.each(dialects)("the history of stages on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let model = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("penguins");
  });
  beforeEach(async () => {
    model = await it.model(project);
  });
  afterAll(() => it.close());

  const version = async () => (await it.admin.versions.createModelVersion({ project, model })).modelVersion?.id ?? "";
  const history = async (filter = "") => (await it.viewer.versions.listStageChanges({ model, filter })).stageChanges;

  test("each move is written down, and that of the version that had to go, with who, from where and why", async () => {
    const [first, second] = [await version(), await version()];
    await it.admin.versions.setModelStage({ modelVersion: first, stage: PRODUCTION, force: true, reason: "the first" });
    await it.admin.versions.setModelStage({ modelVersion: first, stage: PRODUCTION, reason: "again" });
    expect(await reasonOf(it.admin.versions.setModelStage({ modelVersion: second, stage: PRODUCTION }))).toBe("STAGE_OCCUPIED");
    await it.admin.versions.setModelStage({ modelVersion: second, stage: PRODUCTION, force: true, reason: "better" });
    const by = { name: "admin" };
    const changes = await history();
    expect(changes).toMatchObject([
      { modelVersion: second, number: 2, from: UNSPECIFIED, to: PRODUCTION, forced: true, reason: "better", by },
      { modelVersion: first, number: 1, from: PRODUCTION, to: ARCHIVED, forced: true, reason: "better", by },
      { modelVersion: first, number: 1, from: UNSPECIFIED, to: PRODUCTION, forced: false, reason: "the first", by },
    ]);
    expect(changes[0]?.createTime).toEqual(changes[1]?.createTime);
    expect(await history("to = production AND forced = true")).toMatchObject([{ modelVersion: second }]);
    expect(await history(`model_version = ${first} AND by = admin`)).toHaveLength(2);
    expect(await history("from = production")).toMatchObject([{ modelVersion: first }]);
    expect(await reasonOf(it.stranger.versions.listStageChanges({ model }))).toBe("NOT_FOUND");
  });

  test("of ten who force a stage at once, the history tells in which order they had it", async () => {
    const versions = await Promise.all(Array.from({ length: 10 }, version));
    await Promise.all(versions.map((modelVersion) => it.admin.versions.setModelStage({ modelVersion, stage: PRODUCTION, force: true })));
    const changes = await history();
    expect(changes.filter(({ to }) => to === PRODUCTION)).toHaveLength(10);
    expect(new Set(changes.filter(({ to }) => to === ARCHIVED).map(({ modelVersion }) => modelVersion)).size).toBe(9);
    const { modelVersion: holder } = await it.viewer.versions.findModelVersion({ model, version: "production" });
    expect(changes.find(({ to, modelVersion }) => to === ARCHIVED && modelVersion === holder?.id)).toBeUndefined();
  });

  test("the history of a version goes with it", async () => {
    const id = await version();
    await it.admin.versions.setModelStage({ modelVersion: id, stage: STAGING });
    await it.admin.versions.deleteModelVersion({ modelVersion: id });
    expect(await history()).toEqual([]);
    const other = await version();
    await it.admin.versions.setModelStage({ modelVersion: other, stage: STAGING });
    await it.admin.models.deleteModel({ model });
    const left = it.tables.db.selectFrom("registry_stage_change").select("id").where("modelId", "=", toId(model));
    expect(await left.execute()).toEqual([]);
  });

  test("a model has a card, and its version one of its own", async () => {
    const texts = {
      audience: "🐧 people",
      useCases: "telling apart",
      limitations: "adults only",
      tradeOffs: "size",
      ethics: "none harmed",
    };
    const request = { project, name: "carded", ...texts, saveToRegistry: true };
    const { model: made } = await it.admin.models.createModel(request);
    expect(made).toMatchObject({ ...request, latestVersion: "", latestVersionName: "" });
    const { modelVersion } = await it.admin.versions.createModelVersion({
      project,
      model: "carded",
      name: "v1",
      card: "# Measured\n\nwell",
    });
    expect(modelVersion).toMatchObject({ card: "# Measured\n\nwell", modelName: "carded" });
    const { model: changed } = await it.admin.models.updateModel({
      ...{ model: "carded", project, ethics: "asked first", saveToRegistry: false },
      updateMask: { paths: ["ethics", "save_to_registry", "limitations"] },
    });
    const now = { ...texts, ethics: "asked first", limitations: "", saveToRegistry: false };
    expect(changed).toMatchObject({ ...now, latestNumber: 1, latestVersion: modelVersion?.id, latestVersionName: "v1", etag: "r2" });
    expect((await it.viewer.models.listModels({ project, filter: "name = carded" })).models).toEqual([changed]);
    await it.admin.versions.updateModelVersion({ modelVersion: modelVersion?.id ?? "", card: "short" });
    const found = await it.viewer.versions.findModelVersion({ model: "carded", project, version: "v1" });
    expect(found.modelVersion).toMatchObject({ card: "short", name: "v1" });
    expect(await reasonOf(it.admin.models.updateModel({ model: "carded", project, audience: "x".repeat(65_536) }))).toBe("FIELD_INVALID");
  });
});
