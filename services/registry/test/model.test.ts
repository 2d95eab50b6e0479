import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { STAGING, PRODUCTION, ARCHIVED, UNSPECIFIED } = ModelStage;

describe.each(dialects)("models on %s", (dialect) => {
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

  const version = async (init: { name?: string } = {}) => {
    const { modelVersion } = await it.admin.versions.createModelVersion({ project, model, ...init });
    return modelVersion?.id ?? "";
  };
  const find = async (asked: string) => (await it.viewer.versions.findModelVersion({ model, version: asked })).modelVersion;

  test("a model is what it was created as, and changes field by field", async () => {
    const request = { id: newUuid(), project, name: "species", description: "which one", license: "MIT" };
    const { model: created } = await it.admin.models.createModel(request);
    expect(created).toMatchObject({ ...request, latestNumber: 0 });
    expect((await it.admin.models.createModel({ ...request, project: "penguins" })).model).toEqual(created);
    expect(await reasonOf(it.admin.models.createModel({ ...request, id: "" }))).toBe("NAME_TAKEN");
    const { model: changed } = await it.admin.models.updateModel({
      model: "species",
      project,
      license: "",
      updateMask: { paths: ["license"] },
    });
    expect(changed).toMatchObject({ name: "species", description: "which one", license: "", etag: "r2" });
  });

  test("a version is what it was created as, byte for byte", async () => {
    const request = {
      id: newUuid(),
      project,
      model,
      name: "🥇",
      description: "the first",
      run: newUuid(),
      artifacts: [
        { name: "weights", artifactVersion: newUuid() },
        { name: "card", artifactVersion: newUuid() },
      ],
      metadata: {
        accuracy: { kind: { case: "number" as const, value: 0.1 + 0.2 } },
        rows: { kind: { case: "integer" as const, value: 9007199254740993n } },
        tags: { kind: { case: "texts" as const, value: { items: ["b", "a"] } } },
        report: { kind: { case: "json" as const, value: { text: '{ "b": 12345678901234567890, "a": 1 }' } } },
      },
    };
    const { modelVersion } = await it.admin.versions.createModelVersion(request);
    expect(modelVersion).toMatchObject({ ...request, number: 1, stage: UNSPECIFIED, owner: { name: "admin" } });
    expect((await it.viewer.versions.getModelVersion({ modelVersion: request.id })).modelVersion).toEqual(modelVersion);
    const reordered = Object.fromEntries(Object.entries(request.metadata).reverse());
    expect((await it.admin.versions.createModelVersion({ ...request, metadata: reordered })).modelVersion).toEqual(modelVersion);
    expect(await reasonOf(it.admin.versions.createModelVersion({ ...request, description: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.versions.createModelVersion({ ...request, id: "" }))).toBe("NAME_TAKEN");
    expect((await it.admin.models.getModel({ model })).model?.latestNumber).toBe(1);
  });

  test("numbers count up, also after a refusal and after a deletion", async () => {
    await version({ name: "taken" });
    expect(await reasonOf(version({ name: "taken" }))).toBe("NAME_TAKEN");
    const second = await version();
    const third = await version();
    await it.admin.versions.deleteModelVersion({ modelVersion: third });
    expect((await it.admin.models.getModel({ model })).model?.latestNumber).toBe(2);
    expect(await find("latest")).toMatchObject({ id: second, number: 2 });
    await version();
    expect(await find("latest")).toMatchObject({ number: 4 });
    expect((await it.admin.models.getModel({ model })).model?.latestNumber).toBe(4);
  });

  test("a version is found by number, name, stage and as the latest", async () => {
    expect(await reasonOf(find("latest"))).toBe("NOT_FOUND");
    const first = await version({ name: "v1" });
    const second = await version();
    await it.admin.versions.setModelStage({ modelVersion: first, stage: PRODUCTION });
    expect([await find("1"), await find("v1"), await find("production")].map((found) => found?.id)).toEqual([first, first, first]);
    expect([await find("2"), await find("latest")].map((found) => found?.id)).toEqual([second, second]);
    for (const none of ["3", "0", "staging", "V1", "99999999999999999999", "none"]) expect(await reasonOf(find(none))).toBe("NOT_FOUND");
    for (const name of ["7", "latest", "Production", newUuid()]) expect(await reasonOf(version({ name }))).toBe("FIELD_INVALID");
  });

  test("one version has a stage, and a forced one archives it", async () => {
    const [first, second] = [await version(), await version()];
    const to = (modelVersion: string, stage: ModelStage, force = false) => it.admin.versions.setModelStage({ modelVersion, stage, force });
    expect(await to(first, PRODUCTION)).toMatchObject({ modelVersion: { stage: PRODUCTION, etag: "r2" }, archived: "" });
    expect(await failureOf(to(second, PRODUCTION))).toMatchObject({
      reason: "STAGE_OCCUPIED",
      metadata: { stage: "production", version: first, number: "1" },
    });
    expect(await to(second, PRODUCTION, true)).toMatchObject({ modelVersion: { id: second, stage: PRODUCTION }, archived: first });
    expect(await to(second, PRODUCTION, true)).toMatchObject({ modelVersion: { etag: "r2" }, archived: "" });
    expect((await it.admin.versions.getModelVersion({ modelVersion: first })).modelVersion).toMatchObject({ stage: ARCHIVED, etag: "r3" });
    await to(second, STAGING);
    await to(first, PRODUCTION);
    expect([await find("staging"), await find("production")].map((found) => found?.id)).toEqual([second, first]);
    await to(first, UNSPECIFIED);
    expect(await reasonOf(find("production"))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.versions.setModelStage({ modelVersion: first, stage: STAGING, force: true, etag: "r1" }))).toBe(
      "ETAG_MISMATCH",
    );
    await it.admin.versions.deleteModelVersion({ modelVersion: second });
    expect((await to(first, STAGING)).modelVersion?.stage).toBe(STAGING);
    expect(await reasonOf(it.developer.versions.setModelStage({ modelVersion: first, stage: PRODUCTION }))).toBe("PERMISSION_MISSING");
  });

  test("an update replaces what it names", async () => {
    const id = await version({ name: "draft" });
    const artifacts = [{ name: "weights", artifactVersion: newUuid() }];
    const { modelVersion } = await it.admin.versions.updateModelVersion({
      modelVersion: id,
      artifacts,
      metadata: { loss: { kind: { case: "number", value: 0.5 } } },
    });
    expect(modelVersion).toMatchObject({ name: "draft", artifacts, metadata: { loss: { kind: { value: 0.5 } } }, etag: "r2" });
    const found = await it.admin.versions.listModelVersions({ filter: "metadata.loss <= 0.5 AND metadata:loss" });
    expect(found.modelVersions.map((each) => each.id)).toEqual([id]);
    const same = { modelVersion: id, artifacts, metadata: { loss: { kind: { case: "number" as const, value: 0.5 } } }, etag: "r1" };
    expect((await it.admin.versions.updateModelVersion(same)).modelVersion).toEqual(modelVersion);
    expect(await reasonOf(it.admin.versions.updateModelVersion({ ...same, artifacts: [], updateMask: { paths: ["artifacts"] } }))).toBe(
      "ETAG_MISMATCH",
    );
    const { modelVersion: unnamed } = await it.admin.versions.updateModelVersion({
      modelVersion: id,
      updateMask: { paths: ["name", "metadata"] },
    });
    expect(unnamed).toMatchObject({ name: "", artifacts, metadata: {} });
    expect((await find("1"))?.id).toBe(id);
    expect(await reasonOf(find("draft"))).toBe("NOT_FOUND");
    await version({ name: "taken" });
    expect(await reasonOf(it.admin.versions.updateModelVersion({ modelVersion: id, name: "taken" }))).toBe("NAME_TAKEN");
  });

  test("versions are listed by what they are", async () => {
    const artifactVersion = newUuid();
    const { modelVersion } = await it.admin.versions.createModelVersion({ project, model, artifacts: [{ name: "w", artifactVersion }] });
    const staged = await version();
    await it.admin.versions.setModelStage({ modelVersion: staged, stage: STAGING });
    const ids = async (filter: string, orderBy = "number") =>
      (await it.viewer.versions.listModelVersions({ model, project, filter, orderBy })).modelVersions.map(({ id }) => id);
    expect(await ids(`artifacts:${artifactVersion}`)).toEqual([modelVersion?.id]);
    expect(await ids("stage = staging")).toEqual([staged]);
    expect(await ids("number >= 1", "number desc")).toEqual([staged, modelVersion?.id]);
    expect((await it.viewer.versions.listModelVersions({ model: newUuid() })).modelVersions).toEqual([]);
    expect((await it.viewer.versions.listModelVersions({ model: "no such", project })).modelVersions).toEqual([]);
    expect(await reasonOf(it.viewer.versions.listModelVersions({ model: "no such" }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.viewer.versions.listModelVersions({ orderBy: "number" }))).toBe("ORDER_INVALID");
  });

  test("a model is deleted with its versions", async () => {
    const { modelVersion } = await it.admin.versions.createModelVersion({
      project,
      model,
      artifacts: [{ name: "w", artifactVersion: newUuid() }],
      metadata: { a: { kind: { case: "flag", value: true } } },
    });
    const id = modelVersion?.id ?? "";
    await it.admin.versions.setModelStage({ modelVersion: id, stage: STAGING });
    await it.admin.models.deleteModel({ model });
    expect(await reasonOf(it.admin.versions.getModelVersion({ modelVersion: id }))).toBe("NOT_FOUND");
    for (const table of ["registry_model_artifact", "registry_model_metadata", "registry_model_stage"] as const) {
      expect(await it.tables.db.selectFrom(table).selectAll().where("versionId", "=", toId(id)).execute()).toEqual([]);
    }
  });
});
