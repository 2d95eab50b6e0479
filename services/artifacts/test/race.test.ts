import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

const fifty = Array.from({ length: 50 }, (_, i) => i);

describe.each(dialects)("at the same time on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    project = it.around.project();
  });
  afterAll(() => it.close());

  const numbersOf = async (artifact: string) => {
    const { artifactVersions } = await it.admin.versions.listArtifactVersions({ project, artifact, pageSize: 1000, orderBy: "number" });
    return artifactVersions.map(({ number }) => number);
  };

  test("fifty creators with one id make one artifact", async () => {
    const request = { id: newUuid(), project, name: "one of fifty" };
    const made = await Promise.all(fifty.map(() => it.admin.artifacts.createArtifact(request)));
    expect(new Set(made.map(({ artifact }) => artifact?.id))).toEqual(new Set([request.id]));
  });

  test("of fifty creators with one name one wins", async () => {
    const made = await Promise.allSettled(fifty.map(() => it.admin.artifacts.createArtifact({ project, name: "contested" })));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const lost = made.flatMap((each) => (each.status === "rejected" ? [reasonOf(Promise.reject(each.reason))] : []));
    expect(new Set(await Promise.all(lost))).toEqual(new Set(["NAME_TAKEN"]));
  });

  test("fifty creators of versions of an artifact that there is not make it, and get the numbers from 1 to 50", async () => {
    const made = await Promise.all(
      fifty.map((i) => it.admin.versions.batchCreateArtifactVersions({ project, versions: [{ artifact: "new", uri: `s3://b/${i}` }] })),
    );
    const numbers = made.map(({ artifactVersions: [version] }) => version?.number ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(fifty.map((i) => i + 1));
    expect(new Set(made.map(({ artifactVersions: [version] }) => version?.artifact)).size).toBe(1);
  });

  test("batches that share artifacts in any order leave no gaps", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await Promise.all(
      fifty.slice(0, 30).map((i) => {
        const own = i % 2 ? names : names.toReversed();
        return it.admin.versions.batchCreateArtifactVersions({
          project,
          versions: own.map((artifact) => ({ artifact, uri: `s3://b/${i}` })),
        });
      }),
    );
    for (const name of names) expect(await numbersOf(name)).toEqual(fifty.slice(0, 30).map((i) => i + 1));
  });

  test("fifty repeats of one batch make it once", async () => {
    const versions = ["x", "y"].map((artifact) => ({ id: newUuid(), artifact, uri: "s3://b/k" }));
    const made = await Promise.all(fifty.map(() => it.admin.versions.batchCreateArtifactVersions({ project, versions })));
    expect(new Set(made.map(({ artifactVersions }) => JSON.stringify(artifactVersions.map(({ id, number }) => [id, number]))))).toEqual(
      new Set([JSON.stringify(versions.map(({ id }) => [id, 1]))]),
    );
  });

  test("of a name for a version that fifty want one gets it, and no number is lost", async () => {
    const made = await Promise.allSettled(
      fifty.map(() =>
        it.admin.versions.batchCreateArtifactVersions({ project, versions: [{ artifact: "named", version: "best", uri: "s3://b/k" }] }),
      ),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await it.version(project, "named");
    expect(await numbersOf("named")).toEqual([1, 2]);
  });

  test("an artifact that goes while versions are added is gone or has all that came later", async () => {
    for (let i = 0; i < 5; i++) {
      await it.version(project, "fleeting");
      const outcomes = await Promise.allSettled([
        it.admin.artifacts.deleteArtifact({ artifact: "fleeting", project }),
        ...fifty.slice(0, 8).map(() => it.version(project, "fleeting")),
      ]);
      const made = outcomes.slice(1).flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      for (const each of outcomes) {
        if (each.status === "rejected") expect(["UNAVAILABLE", "NOT_FOUND"]).toContain(await reasonOf(Promise.reject(each.reason)));
      }
      const left = await it.tables.db
        .selectFrom("artifacts_version")
        .leftJoin("artifacts_artifact", "artifacts_artifact.id", "artifacts_version.artifactId")
        .select(["artifacts_version.id", "artifacts_artifact.id as artifact"])
        .execute();
      expect(left.filter(({ artifact }) => artifact === null)).toEqual([]);
      expect(made.length).toBeGreaterThanOrEqual(0);
    }
  });
});
