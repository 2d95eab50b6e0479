import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("on %s names are found by their words", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("Fish & Birds");
  });
  afterAll(() => it.close());

  const models = async (filter: string, of = project) =>
    (await it.viewer.models.listModels({ project: of, filter, orderBy: "name" })).models.map(({ name }) => name);
  const wordsOf = async (id: string) =>
    (await it.tables.db.selectFrom("registry_word").select("word").where("resourceId", "=", toId(id)).orderBy("word").execute()).map(
      ({ word }) => word,
    );

  test("in any case and order, by how they begin", async () => {
    for (const name of ["Fraud-Detector v2", "detector of FRAUD", "birdSpecies", "aufraud"]) await it.model(project, name);
    expect(await models('name:"det fra"')).toEqual(["Fraud-Detector v2", "detector of FRAUD"]);
    expect(await models("name:V2")).toEqual(["Fraud-Detector v2"]);
    expect(await models("name:spec*")).toEqual(["birdSpecies"]);
    expect(await models("name:bird AND NOT name:fraud")).toEqual(["birdSpecies"]);
    expect(await models("name:raud")).toEqual([]);
    expect(await models("name:fraud", "")).toEqual(["Fraud-Detector v2", "detector of FRAUD"]);
    expect(await reasonOf(models('name:"--"'))).toBe("FILTER_INVALID");
    expect(await reasonOf(models("name:*raud"))).toBe("FILTER_INVALID");
    expect(await models("name:*")).toHaveLength(4);
  });

  test("as they are called now, until they are gone", async () => {
    const model = await it.model(project, "whale");
    const { modelVersion } = await it.admin.versions.createModelVersion({ project, model, name: "blue whale" });
    expect([await wordsOf(model), await wordsOf(modelVersion?.id ?? "")]).toEqual([["whale"], ["blue", "whale"]]);
    await it.admin.models.updateModel({ model, name: "orca", license: "MIT" });
    await it.admin.models.updateModel({ model, license: "" });
    expect([await models("name:whale"), await models("name:orc")]).toEqual([[], ["orca"]]);
    await it.admin.models.deleteModel({ model });
    expect([await wordsOf(model), await wordsOf(modelVersion?.id ?? "")]).toEqual([[], []]);
  });

  test("of snapshots too, also where a name moves or is taken away", async () => {
    const pipeline = await it.pipeline(project);
    const keep = async (content: number, asked: { name?: string; replace?: boolean }) => {
      const configuration = { text: String(content) };
      return (await it.admin.snapshots.createSnapshot({ project, pipeline, dynamic: true, configuration, ...asked })).snapshot?.id ?? "";
    };
    const found = async (filter: string, of: { project?: string; pipeline?: string } = { project }) =>
      (await it.viewer.snapshots.listSnapshots({ ...of, filter })).snapshots.map(({ id }) => id);
    const [first, unnamed] = [await keep(1, { name: "Fraud-Detector v2" }), await keep(2, {})];
    expect([await found('name:"det fra"'), await found("name:fraud", {}), await found("name:fraud", { pipeline })]).toEqual([
      [first],
      [first],
      [first],
    ]);
    const second = await keep(3, { name: "Fraud-Detector v2", replace: true });
    expect([await found("name:detect"), await wordsOf(first)]).toEqual([[second], []]);
    await it.admin.snapshots.updateSnapshot({ snapshot: unnamed, name: "late bird" });
    expect(await found("name:bird")).toEqual([unnamed]);
    await it.admin.snapshots.updateSnapshot({ snapshot: unnamed, description: "as it was" });
    expect(await found("name:bird")).toEqual([unnamed]);
    await it.admin.snapshots.updateSnapshot({ snapshot: unnamed, name: "", updateMask: { paths: ["name"] } });
    expect([await found("name:bird"), await wordsOf(unnamed)]).toEqual([[], []]);
    await it.admin.snapshots.deleteSnapshot({ snapshot: second });
    expect(await wordsOf(second)).toEqual([]);
    const third = await keep(4, { name: "blue whale" });
    expect(await wordsOf(third)).toEqual(["blue", "whale"]);
    await it.admin.pipelines.deletePipeline({ pipeline });
    expect(await wordsOf(third)).toEqual([]);
  });

  test("also of what nobody created by a call of its own", async () => {
    const runs = it.part.client(TagService, { principal: it.world.admin, workspace: it.world.workspace, service: "runs" });
    const ask = { project, tags: ["very nightly", "champion"] };
    await runs.ensureTags(ask);
    await runs.ensureTags(ask);
    expect((await it.viewer.tags.listTags({ filter: "name:night" })).tags.map(({ name }) => name)).toEqual(["very nightly"]);
    expect((await it.viewer.flavors.listFlavors({ filter: "name:kube" })).flavors.length).toBeGreaterThan(1);
    expect((await it.viewer.projects.listProjects({ filter: "name:birds" })).projects.map(({ id }) => id)).toEqual([project]);
  });
});
