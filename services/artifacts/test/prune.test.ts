import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

describe.each(dialects)("what is forgotten on %s", (dialect) => {
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

  const soon = () => timestampFromMs(Date.now() + 60_000);
  const prune = (more: object = {}) => it.admin.versions.pruneArtifactVersions({ project, createdBefore: soon(), ...more });
  const left = async () => {
    const { artifactVersions } = await it.viewer.versions.listArtifactVersions({ project, orderBy: "artifact_name, number" });
    return artifactVersions.map(({ artifactName, number }) => `${artifactName}/${number}`);
  };
  const artifacts = async () => (await it.viewer.artifacts.listArtifacts({ project, orderBy: "name" })).artifacts;
  async function consumed(...ids: string[]) {
    const inputs = ids.map((artifactVersion, i) => ({ name: `in${i}`, artifactVersion }));
    const consistentWith = it.around.edges({ run: newUuid(), name: "use", inputs });
    await it.viewer.versions.listUses({ artifactVersion: ids[0] ?? "", consistentWith });
  }

  test("what no run uses and no model consists of goes, and the artifacts that have nothing left", async () => {
    const [used, linked] = [await it.version(project, "used"), await it.version(project, "weights")];
    for (const artifact of ["used", "weights", "gone", "gone"]) await it.version(project, artifact);
    await it.admin.artifacts.createArtifact({ project, name: "empty" });
    await it.admin.versions.batchCreateArtifactVersions({
      project,
      run: newUuid(),
      step: "s",
      versions: [{ artifact: "made", uri: "s3://b/k" }],
    });
    it.around.link(linked, "penguins");
    await consumed(used);
    const all = await left();
    expect(await prune({ createdBefore: undefined })).toMatchObject({ versionCount: 0n, artifactCount: 0n, finished: true });
    expect(await prune({ dryRun: true })).toMatchObject({ versionCount: 4n, artifactCount: 2n, finished: true });
    expect(await left()).toEqual(all);
    expect(await prune({ dryRun: true, versionsOnly: true })).toMatchObject({ versionCount: 4n, artifactCount: 0n });
    expect(await prune()).toMatchObject({ versionCount: 4n, artifactCount: 2n, finished: true });
    expect(await left()).toEqual(["made/1", "used/1", "weights/1"]);
    expect((await artifacts()).map(({ name, latestNumber }) => `${name}/${latestNumber}`)).toEqual(["made/1", "used/1", "weights/1"]);
    expect(await prune()).toMatchObject({ versionCount: 0n, artifactCount: 0n, finished: true });
    await it.version(project, "used");
    expect(await left()).toContain("used/3");
    expect(await it.tables.db.selectFrom("artifacts_pruning").selectAll().execute()).toEqual([]);
  });

  test("artifacts stay where only versions are to go, and who may only develop may not prune", async () => {
    await it.version(project, "a");
    expect(await reasonOf(it.developer.versions.pruneArtifactVersions({ project }))).toBe("PERMISSION_MISSING");
    expect(await prune({ versionsOnly: true })).toMatchObject({ versionCount: 1n, artifactCount: 0n });
    expect(await artifacts()).toMatchObject([{ name: "a", latestNumber: 0, latestVersion: "" }]);
  });

  test("more than fit a transaction go, those that are made or used meanwhile stay right", async () => {
    const versions = Array.from({ length: 100 }, (_, i) => ({ artifact: `many-${i % 3}`, uri: "s3://b/k" }));
    for (let i = 0; i < 7; i++) await it.admin.versions.batchCreateArtifactVersions({ project, versions });
    const going = prune();
    const made = await Promise.all(Array.from({ length: 5 }, () => it.version(project, "many-1")));
    await consumed(...made);
    const { versionCount } = await going;
    expect(Number(versionCount)).toBeGreaterThanOrEqual(700);
    await prune();
    const there = (await left()).length;
    expect(there).toBeLessThanOrEqual(5);
    for (const { latestNumber, latestVersion } of await artifacts()) expect(latestVersion === "").toBe(latestNumber === 0);
  }, 60_000);

  test("what a call left undone goes on without it", async () => {
    await it.version(project, "a");
    const [row] = await it.tables.db
      .selectFrom("artifacts_version")
      .select(["workspaceId", "projectId"])
      .orderBy("createTime", "desc")
      .limit(1)
      .execute();
    if (!row) throw new Error("there is no version");
    const order = { ...row, beforeTime: Date.now() * 1000 + 1e6, versionsOnly: 0, sinceTime: 1 };
    await it.tables.db.insertInto("artifacts_pruning").values(order).execute();
    await expect.poll(left, { timeout: 30_000, interval: 500 }).toEqual([]);
    await expect.poll(() => it.tables.db.selectFrom("artifacts_pruning").selectAll().execute(), { timeout: 30_000 }).toEqual([]);
  }, 90_000);

  test("of many that are to be deleted, those go that may, and the answer says what stays", async () => {
    const ids = await Promise.all(["a", "a", "b"].map((artifact) => it.version(project, artifact)));
    const [first = "", second = "", third = ""] = ids;
    await consumed(second);
    const batch = { artifactVersions: [...ids, newUuid(), first.toUpperCase()] };
    expect(await it.developer.versions.batchDeleteArtifactVersions(batch)).toMatchObject({ deleted: [], refused: [] });
    const { deleted, refused } = await it.admin.versions.batchDeleteArtifactVersions(batch);
    expect(deleted).toEqual([first, third]);
    expect(refused).toMatchObject([{ id: second, reason: "IN_USE" }]);
    expect(await it.admin.versions.batchDeleteArtifactVersions(batch)).toMatchObject({ deleted: [], refused: [{ id: second }] });
  });

  test("an artifact goes with versions that were consumed where that is said", async () => {
    const [first = "", second = ""] = [await it.version(project, "a"), await it.version(project, "a")];
    await consumed(first);
    const artifact = (await artifacts())[0]?.id ?? "";
    expect(await reasonOf(it.admin.artifacts.deleteArtifact({ artifact }))).toBe("IN_USE");
    expect(await reasonOf(it.admin.artifacts.deleteArtifact({ artifact, withVersions: true, etag: "r9" }))).toBe("ETAG_MISMATCH");
    expect(await left()).toHaveLength(2);
    await it.admin.artifacts.deleteArtifact({ artifact, withVersions: true, etag: "r1" });
    expect(await failureOf(it.viewer.versions.getArtifactVersion({ artifactVersion: second }))).toMatchObject({ reason: "NOT_FOUND" });
    expect(await artifacts()).toEqual([]);
  });

  test("versions are found by the models that consist of them", async () => {
    const weights = await it.version(project, "weights");
    await it.version(project, "other");
    const version = it.around.link(weights, "penguins");
    const of = async (filter: string) =>
      (await it.viewer.versions.listArtifactVersions({ project, filter })).artifactVersions.map(({ artifactName }) => artifactName);
    expect(await of(`model_version = ${version}`)).toEqual(["weights"]);
    expect(await of("model = penguins")).toEqual(["weights"]);
    expect(await of('model = "peng*"')).toEqual(["weights"]);
    expect(await of("NOT model = penguins")).toEqual(["other"]);
    expect(await of(`model_version = ${newUuid()}`)).toEqual([]);
    expect(await reasonOf(of("model_version = x"))).toBe("FILTER_INVALID");
  });
});
