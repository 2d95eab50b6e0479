import { create } from "@bufbuild/protobuf";
import { SaveKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { NewArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { SourceKind } from "@signalbox/gen/signalbox/value/v1/source_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

type Asked = Parameters<typeof create<typeof NewArtifactVersionSchema>>[1];

describe.each(dialects)("what clients tell of versions on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    it.part.startDuties();
  });
  beforeEach(() => {
    project = it.around.project();
  });
  afterAll(() => it.close());

  const batch = async (versions: Asked[], more: { run?: string; step?: string } = {}) =>
    (
      await it.admin.versions.batchCreateArtifactVersions({
        ...{ project, ...more },
        versions: versions.map((version) => create(NewArtifactVersionSchema, { artifact: "a", uri: "s3://b/k", ...version })),
      })
    ).artifactVersions;
  const numbersOf = (versions: readonly { number: number }[]) => versions.map(({ number }) => number);
  const artifact = async () => (await it.viewer.artifacts.getArtifact({ artifact: "a", project })).artifact;

  test("they come back as they were told", async () => {
    const told = {
      ...{ artifactStore: newUuid(), saveKind: SaveKind.PREEXISTING, contentHash: "md5:1b2c", description: "From the lake." },
      ...{ uri: "/home/me/stores/4f2a", customName: true },
    };
    const serializerSource = { module: "zen.pandas", attribute: "PandasMaterializer", kind: SourceKind.PACKAGE, package: "zen" };
    const dataTypeSource = { module: "x".repeat(300), attribute: "Frame", kind: SourceKind.CODE_REPOSITORY, codeRepository: newUuid() };
    const [made] = await batch([{ ...told, serializerSource, dataTypeSource }]);
    const { customName: _, ...shown } = told;
    expect(made).toMatchObject({ ...shown, serializerSource, dataTypeSource, serializer: "zen.pandas.PandasMaterializer" });
    expect(made?.dataType).toBe("x".repeat(255));
    expect((await it.viewer.versions.getArtifactVersion({ artifactVersion: made?.id ?? "" })).artifactVersion).toEqual(made);
    expect(await artifact()).toMatchObject({ customName: true, latestVersion: made?.id, latestVersionName: "1" });
    await it.admin.artifacts.updateArtifact({ artifact: "a", project, updateMask: { paths: ["custom_name"] } });
    expect(await artifact()).toMatchObject({ customName: false, latestVersion: made?.id });
  });

  test("numbers that are chosen are kept, and raise those that are not", async () => {
    expect(numbersOf(await batch([{ number: 5 }, {}, { number: 3, version: "early" }]))).toEqual([5, 6, 3]);
    expect(await artifact()).toMatchObject({ latestNumber: 6 });
    expect(numbersOf(await batch([{}]))).toEqual([7]);
    expect(await failureOf(batch([{}, { number: 5 }]))).toMatchObject({
      reason: "NAME_TAKEN",
      metadata: { type: "artifact_version", name: "a/5" },
    });
    expect(await failureOf(batch([{ number: 3, version: "other" }]))).toMatchObject({ metadata: { name: "a/3" } });
    expect(numbersOf(await batch([{}]))).toEqual([8]);
    expect((await failureOf(batch([{ number: 9 }, { number: 9 }]))).violations[0]?.field).toBe("versions[1].number");
    expect(await reasonOf(batch([{ number: 0 }]))).toBe("FIELD_INVALID");
    const [high, low] = await batch([{ number: 20 }, { number: 10 }]);
    await it.admin.versions.deleteArtifactVersion({ artifactVersion: high?.id ?? "" });
    expect(await artifact()).toMatchObject({ latestNumber: 10, latestVersion: low?.id });
    expect(numbersOf(await batch([{}]))).toEqual([21]);
    const id = newUuid();
    const again = await batch([{ id, number: 30 }]);
    expect(await batch([{ id, number: 30 }])).toEqual(again);
  });

  test("of thirty at once, chosen numbers and others, each has one of its own and none is skipped", async () => {
    const made = await Promise.all(Array.from({ length: 30 }, (_, i) => batch([i % 10 === 9 ? { number: 1000 + i } : {}])));
    const numbers = numbersOf(made.flat());
    expect(new Set(numbers).size).toBe(30);
    const highest = Math.max(...numbers);
    expect(await artifact()).toMatchObject({ latestNumber: highest });
    expect(numbersOf(await batch([{}]))).toEqual([highest + 1]);
  });

  test("an artifact is named by its id as well, and must be of the project", async () => {
    const [first] = await batch([{}]);
    const id = newUuid();
    const [second] = await batch([{ id, artifact: first?.artifact ?? "" }]);
    expect(second).toMatchObject({ number: 2, artifactName: "a", artifact: first?.artifact });
    expect(await batch([{ id, artifact: first?.artifact ?? "" }])).toEqual([second]);
    const elsewhere = it.around.project();
    const there = create(NewArtifactVersionSchema, { artifact: first?.artifact ?? "", uri: "s3://b/k" });
    expect(await reasonOf(it.admin.versions.batchCreateArtifactVersions({ project: elsewhere, versions: [there] }))).toBe("NOT_FOUND");
  });

  test("a version is renamed and described, and called by its number again", async () => {
    const [made, other] = await batch([{ version: "first" }, { version: "second" }]);
    const artifactVersion = made?.id ?? "";
    const change = async (asked: object) => (await it.admin.versions.updateArtifactVersion({ artifactVersion, ...asked })).artifactVersion;
    expect(made).toMatchObject({ etag: "r1", updateTime: made?.createTime });
    const renamed = await change({ version: "champion", description: "The one.", etag: "r1" });
    expect(renamed).toMatchObject({ version: "champion", description: "The one.", etag: "r2" });
    expect(await reasonOf(change({ description: "Mine.", etag: "r1" }))).toBe("ETAG_MISMATCH");
    expect(await failureOf(change({ version: "second" }))).toMatchObject({ reason: "NAME_TAKEN", metadata: { name: "second" } });
    expect(await reasonOf(change({ version: "7" }))).toBe("FIELD_INVALID");
    expect(await change({ updateMask: { paths: ["version"] } })).toMatchObject({ version: "1", description: "The one." });
    expect(await reasonOf(it.viewer.versions.updateArtifactVersion({ artifactVersion, description: "x" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.admin.versions.updateArtifactVersion({ artifactVersion: newUuid(), version: "x" }))).toBe("NOT_FOUND");
    expect(other?.version).toBe("second");
  });

  test("lists are asked by them, and sorted", async () => {
    const [store, run] = [newUuid(), newUuid()];
    await batch([
      { artifact: "b", artifactStore: store, contentHash: "h1", customName: true },
      { number: 4, description: "the best" },
    ]);
    await batch([{ artifact: "c", saveKind: SaveKind.STEP_OUTPUT }], { run, step: "s" });
    const names = async (filter: string, orderBy = "artifact_name") =>
      (await it.viewer.versions.listArtifactVersions({ project, filter, orderBy })).artifactVersions.map(
        ({ artifactName }) => artifactName,
      );
    expect(await names(`artifact_store = ${store}`)).toEqual(["b"]);
    expect(await names('content_hash = "h1"')).toEqual(["b"]);
    expect(await names("custom_name = true")).toEqual(["b"]);
    expect(await names("save_kind = STEP_OUTPUT")).toEqual(["c"]);
    expect(await names('description = "*best*"')).toEqual(["a"]);
    expect(await names(`run:${run}`)).toEqual(["c"]);
    expect(await names("NOT run:*")).toEqual(["a", "b"]);
    expect(await names("unused = true")).toEqual(["a", "b"]);
    expect(await names("", "number desc, create_time desc")).toEqual(["a", "c", "b"]);
    expect(await names("", "artifact_name desc")).toEqual(["c", "b", "a"]);
    expect(await names("", "version")).toHaveLength(3);
    expect(await names("", "type, update_time")).toHaveLength(3);
    expect(await reasonOf(names("run:x"))).toBe("FILTER_INVALID");
    const named = async (filter: string, orderBy: string) =>
      (await it.viewer.artifacts.listArtifacts({ project, filter, orderBy })).artifacts.map(({ name }) => name);
    expect(await named("custom_name = false", "update_time desc")).toEqual(["c", "a"]);
  });

  test("what no run made or uses is unused, from the first use to the deletion of the last run", async () => {
    const [run, other] = [newUuid(), newUuid()];
    const [manual] = await batch([{}]);
    const [made] = await batch([{ artifact: "b" }], { run, step: "make" });
    const ids = [manual?.id ?? "", made?.id ?? ""];
    const unused = async () => {
      const { artifactVersions } = await it.viewer.versions.listArtifactVersions({ project, filter: "unused = true" });
      return ids.map((id) => artifactVersions.some((version) => version.id === id));
    };
    const settle = (cursor: string) => it.viewer.versions.listUses({ artifactVersion: ids[0] ?? "", consistentWith: cursor });
    expect(await unused()).toEqual([true, false]);
    const step = newUuid();
    it.around.edges({ id: step, run, name: "make", outputs: [{ name: "out", artifactVersion: ids[1] ?? "" }] });
    const inputs = ids.map((artifactVersion, i) => ({ name: `in${i}`, artifactVersion }));
    const { uses } = await settle(it.around.edges({ run: other, name: "use", inputs }));
    expect(uses).toMatchObject([{ run: other, step: "use", stepId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    expect(await unused()).toEqual([false, false]);
    expect((await it.viewer.versions.getArtifactVersion({ artifactVersion: ids[1] ?? "" })).artifactVersion?.producerStepId).toBe(step);
    await settle(it.around.tell("runs", { kind: "run.deleted", subject: run }));
    expect(await unused()).toEqual([false, false]);
    await settle(it.around.tell("runs", { kind: "run.deleted", subject: other }));
    expect(await unused()).toEqual([true, true]);
    const { artifactVersion: kept } = await it.viewer.versions.getArtifactVersion({ artifactVersion: ids[1] ?? "" });
    expect(kept).toMatchObject({ producerRun: run, unused: true, producerStepId: "" });
  });

  test("whoever makes known what a step made by hand is told of the step", async () => {
    const run = newUuid();
    const [manual] = await batch([{}]);
    const artifactVersion = manual?.id ?? "";
    const step = newUuid();
    const consistentWith = it.around.edges({ id: step, run, name: "make", outputs: [{ name: "out", artifactVersion }] });
    await it.viewer.versions.listUses({ artifactVersion, consistentWith });
    const { artifactVersion: now } = await it.viewer.versions.getArtifactVersion({ artifactVersion });
    expect(now).toMatchObject({ producerRun: run, producerStep: "make", producerStepId: step, unused: false });
  });
});
