import { ModelArtifactKind } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { DATA, MODEL } = ModelArtifactKind;

describe.each(dialects)("links of model versions on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let model = "";
  let modelVersion = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("penguins");
    model = await it.model(project);
  });
  beforeEach(async () => {
    modelVersion = (await it.admin.versions.createModelVersion({ project, model })).modelVersion?.id ?? "";
  });
  afterAll(() => it.close());

  const get = async () => (await it.viewer.versions.getModelVersion({ modelVersion })).modelVersion;
  const list = async (asked: { filter?: string; orderBy?: string } = {}) =>
    (await it.viewer.versions.listModelArtifacts({ modelVersion, pageSize: 1000, ...asked })).artifacts;
  const link = (name: string, kind: ModelArtifactKind = MODEL) => ({ name, artifactVersion: newUuid(), kind });

  test("an artifact is linked once, however often it is asked for, and keeps its kind", async () => {
    const [weights, data] = [link("weights"), link("rows", DATA)];
    const { artifacts } = await it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [weights, data, weights] });
    expect(artifacts).toMatchObject([{ ...weights, modelVersion }, data]);
    const again = await it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [data, { ...weights, kind: DATA }] });
    expect(again.artifacts).toEqual(artifacts.toReversed());
    const version = await get();
    expect(version).toMatchObject({ artifactCount: 2n, etag: "r2" });
    expect(version?.artifacts).toEqual(artifacts);
    expect(await list({ filter: "kind = data" })).toEqual([artifacts[1]]);
    expect(await list({ filter: `artifact_version = ${weights.artifactVersion}` })).toEqual([artifacts[0]]);
    expect((await list({ orderBy: "name" })).map(({ name }) => name)).toEqual(["rows", "weights"]);
    const having = async (filter: string) => (await it.viewer.versions.listModelVersions({ filter })).modelVersions.map(({ id }) => id);
    expect(await having(`artifacts:${data.artifactVersion}`)).toEqual([modelVersion]);
    expect(await reasonOf(it.developer.versions.addModelArtifacts({ modelVersion, artifacts: [weights] }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.versions.listModelArtifacts({ modelVersion }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.versions.addModelArtifacts({ modelVersion: newUuid(), artifacts: [weights] }))).toBe("NOT_FOUND");
  });

  test("services find the versions of a model by its id or name, or of all that begin so", async () => {
    const name = `shared ${newUuid()}`;
    const [own, other] = [await it.model(project, name), await it.model(await it.project(), `${name} too`)];
    const made = async (of: object) => (await it.admin.versions.createModelVersion(of)).modelVersion?.id ?? "";
    const [first, second] = [await made({ project, model: own }), await made({ project, model: own })];
    const third = await made({ model: other, project: (await it.admin.models.getModel({ model: other })).model?.project });
    const { workspace } = it.world;
    const find = async (asked: object) => (await it.runs.versions.resolveModelVersions({ workspace, ...asked })).modelVersions.sort();
    expect(await find({ model: own })).toEqual([first, second].sort());
    expect(await find({ model: name })).toEqual([first, second].sort());
    expect(await find({ model: name, prefix: true })).toEqual([first, second, third].sort());
    expect(await find({ model: "no such" })).toEqual([]);
    expect(await find({ workspace: newUuid(), model: own })).toEqual([]);
    expect(await reasonOf(it.admin.versions.resolveModelVersions({ workspace, model: own }))).not.toBe("OK");
  });

  test("a version shows its first hundred, and lists all; what goes makes room for what follows", async () => {
    const many = Array.from({ length: 250 }, (_, i) => link(`part ${String(i).padStart(3, "0")}`));
    await it.admin.versions.addModelArtifacts({ modelVersion, artifacts: many });
    const names = async () => (await get())?.artifacts.map(({ name }) => name);
    expect(await names()).toEqual(many.slice(0, 100).map(({ name }) => name));
    expect(await list()).toHaveLength(250);
    const gone = [many[0]?.name ?? "", many[50]?.artifactVersion ?? "", "no such", newUuid()];
    expect(await it.admin.versions.removeModelArtifacts({ modelVersion, artifacts: gone })).toMatchObject({ removed: 2n });
    expect(await it.admin.versions.removeModelArtifacts({ modelVersion, artifacts: gone })).toMatchObject({ removed: 0n });
    expect(await names()).toEqual(many.filter((_, i) => i !== 0 && i !== 50 && i < 102).map(({ name }) => name));
    expect(await get()).toMatchObject({ artifactCount: 248n, etag: "r3" });
    const kept = (await get())?.artifacts ?? [];
    expect((await it.admin.versions.updateModelVersion({ modelVersion, artifacts: kept })).modelVersion).toMatchObject({
      artifactCount: 100n,
    });
    expect((await it.admin.versions.updateModelVersion({ modelVersion, artifacts: kept, etag: "r3" })).modelVersion?.etag).toBe("r4");
    const replaced = [link("only")];
    const { modelVersion: updated } = await it.admin.versions.updateModelVersion({ modelVersion, artifacts: replaced });
    expect(updated).toMatchObject({ artifacts: replaced, artifactCount: 1n });
    expect(await list()).toEqual(updated?.artifacts);
    expect(await reasonOf(it.admin.versions.removeModelArtifacts({ modelVersion }))).toBe("FIELD_INVALID");
    expect(await it.admin.versions.removeModelArtifacts({ modelVersion, all: true })).toMatchObject({ removed: 1n });
    expect(await get()).toMatchObject({ artifacts: [], artifactCount: 0n });
  });

  test("runs are linked likewise", async () => {
    const runs = Array.from({ length: 120 }, newUuid);
    const [first = "", second = ""] = runs;
    const { runs: linked } = await it.admin.versions.addModelRuns({ modelVersion, runs: [...runs, first.toUpperCase()] });
    expect(linked.map(({ run }) => run)).toEqual(runs);
    expect((await it.admin.versions.addModelRuns({ modelVersion, runs: [second] })).runs).toEqual([linked[1]]);
    expect(await get()).toMatchObject({ runCount: 120n, artifactCount: 0n });
    const listed = await it.viewer.versions.listModelRuns({ modelVersion, filter: `run = ${second}` });
    expect(listed.runs).toEqual([linked[1]]);
    expect((await it.viewer.versions.listModelVersions({ filter: `runs:${second}` })).modelVersions).toMatchObject([{ id: modelVersion }]);
    const { removed } = await it.admin.versions.removeModelRuns({ modelVersion, runs: [first, linked[1]?.id ?? ""] });
    expect(removed).toBe(2n);
    expect(await it.admin.versions.removeModelRuns({ modelVersion, all: true })).toMatchObject({ removed: 118n });
    expect(await get()).toMatchObject({ runCount: 0n });
  });

  test("links are found by who made them, what people named and the names of runs", async () => {
    const [chosen, made] = [{ ...link("weights"), customName: true }, link("rows")];
    const { artifacts } = await it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [chosen, made] });
    expect(artifacts).toMatchObject([{ customName: true, owner: { name: "admin" } }, { customName: false }]);
    expect((await get())?.artifacts).toEqual(artifacts);
    expect(await list({ filter: "custom_name = true AND owner = admin" })).toEqual([artifacts[0]]);
    expect(await list({ filter: "owner = dev" })).toEqual([]);
    const kept = await it.admin.versions.updateModelVersion({ modelVersion, artifacts });
    expect(kept.modelVersion?.etag).toBe("r2");
    const unnamed = artifacts.map((each) => ({ ...each, customName: false }));
    const { modelVersion: updated } = await it.admin.versions.updateModelVersion({ modelVersion, artifacts: unnamed });
    expect(updated?.artifacts).toMatchObject([{ customName: false, owner: { name: "admin" } }, { name: "rows" }]);

    const runs = Array.from({ length: 5 }, newUuid);
    const pipeline = await it.pipeline(project);
    for (const [i, run] of runs.slice(0, 4).entries()) await it.heard({ id: run, project, pipeline, name: `brisk otter ${i}` });
    const { runs: linked } = await it.admin.versions.addModelRuns({ modelVersion, runs });
    expect(linked.map(({ runName }) => runName)).toEqual([0, 1, 2, 3].map((i) => `brisk otter ${i}`).concat(""));
    expect(linked[0]?.owner?.name).toBe("admin");
    const page = async (asked: { filter?: string; pageSize?: number; pageToken?: string }) =>
      it.viewer.versions.listModelRuns({ modelVersion, orderBy: "create_time", ...asked });
    const filter = 'run_name = "brisk*" AND NOT run_name = "*3" AND owner = admin';
    const first = await page({ filter, pageSize: 2 });
    const rest = await page({ filter, pageSize: 2, pageToken: first.nextPageToken });
    const names = [...first.runs, ...rest.runs].map(({ runName }) => runName).sort();
    expect([names, rest.nextPageToken]).toEqual([["brisk otter 0", "brisk otter 1", "brisk otter 2"], ""]);
    expect((await page({ filter: "owner = dev" })).runs).toEqual([]);
  });

  test("of many who link at once all do, the same once, and the counts are right", async () => {
    const common = [link("common"), link("other")];
    const runs = [newUuid()];
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        await it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [...common, link(`own ${i}`)] });
        await it.admin.versions.addModelRuns({ modelVersion, runs: [...runs, newUuid()] });
      }),
    );
    expect(await get()).toMatchObject({ artifactCount: 22n, runCount: 21n });
    expect(await list()).toHaveLength(22);
    await Promise.all([
      ...Array.from({ length: 5 }, (_, i) => it.admin.versions.removeModelArtifacts({ modelVersion, artifacts: [`own ${i}`, "common"] })),
      ...Array.from({ length: 5 }, (_, i) => it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [link(`late ${i}`)] })),
    ]);
    expect(await get()).toMatchObject({ artifactCount: 21n });
    expect((await get())?.artifacts).toHaveLength(21);
  });

  test("links go with the version, whoever links meanwhile", async () => {
    const [gone, added] = await Promise.allSettled([
      it.admin.versions.deleteModelVersion({ modelVersion }),
      it.admin.versions.addModelArtifacts({ modelVersion, artifacts: [link("late")] }),
    ]);
    expect(gone.status).toBe("fulfilled");
    if (added.status === "rejected") expect(await reasonOf(Promise.reject(added.reason))).toBe("NOT_FOUND");
    for (const table of ["registry_model_artifact", "registry_model_run"] as const) {
      expect(await it.tables.db.selectFrom(table).select("id").where("versionId", "=", toId(modelVersion)).execute()).toEqual([]);
    }
  });
});
