import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

describe.each(dialects)("tags of artifacts on %s", (dialect) => {
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

  const version = async (artifact: string, tags: string[]) => {
    const versions = [{ id: newUuid(), artifact, uri: "file:///1", tags }];
    const { artifactVersions } = await it.developer.versions.batchCreateArtifactVersions({ project, versions });
    return artifactVersions[0]?.id ?? "";
  };
  const listed = async (filter: string) => {
    const { artifactVersions } = await it.viewer.versions.listArtifactVersions({ project, filter });
    return artifactVersions.map(({ id }) => id);
  };
  const taggings = async (tag: string) =>
    (await it.tables.db.selectFrom("artifacts_tagging").select("kind").where("tagId", "=", toId(tag)).execute()).length;

  test("an artifact has the tags it was created with, and those that it is given", async () => {
    const request = { id: newUuid(), project, name: "clean", tags: ["raw", "eu"] };
    const { artifact } = await it.developer.artifacts.createArtifact(request);
    expect(artifact?.tags).toEqual(["eu", "raw"]);
    expect((await it.developer.artifacts.createArtifact(request)).artifact).toEqual(artifact);
    expect(await reasonOf(it.developer.artifacts.createArtifact({ ...request, tags: ["raw"] }))).toBe("ID_REUSED");
    expect((await it.viewer.artifacts.getArtifact({ artifact: request.id })).artifact).toEqual(artifact);
    expect((await it.viewer.artifacts.listArtifacts({ project, filter: "tags:raw AND tags:eu" })).artifacts).toEqual([artifact]);
    const { artifacts } = await it.developer.artifacts.tagArtifacts({ artifacts: [request.id], addTags: ["new"], removeTags: ["raw"] });
    expect(artifacts).toMatchObject([{ id: request.id, tags: ["eu", "new"] }]);
    const { artifact: renamed } = await it.developer.artifacts.updateArtifact({ artifact: request.id, name: "cleaner", etag: "r1" });
    expect(renamed?.tags).toEqual(["eu", "new"]);
    expect((await it.viewer.artifacts.listArtifacts({ project, filter: "NOT tags:*" })).artifacts).toEqual([]);
  });

  test("an artifact cannot have an exclusive tag", async () => {
    const tag = it.around.tags.make("only one", true);
    expect(await failureOf(it.developer.artifacts.createArtifact({ project, name: "x", tags: ["only one"] }))).toMatchObject({
      reason: "FIELD_INVALID",
      violations: [{ field: "tags" }],
    });
    const { artifact } = await it.developer.artifacts.createArtifact({ project, name: "x" });
    expect(await reasonOf(it.developer.artifacts.tagArtifacts({ artifacts: [artifact?.id ?? ""], addTags: [tag.id] }))).toBe(
      "FIELD_INVALID",
    );
  });

  test("versions are created with tags, each with its own, and a repeat with the same", async () => {
    const versions = [["a", "b"], [], ["b"]].map((tags) => ({ id: newUuid(), artifact: "rows", uri: "file:///1", tags }));
    const made = await it.developer.versions.batchCreateArtifactVersions({ project, versions });
    expect(made.artifactVersions.map(({ tags }) => tags)).toEqual([["a", "b"], [], ["b"]]);
    expect(await it.developer.versions.batchCreateArtifactVersions({ project, versions })).toEqual(made);
    const [first, second, third] = versions.map(({ id }) => id) as [string, string, string];
    expect((await it.viewer.versions.getArtifactVersion({ artifactVersion: first })).artifactVersion).toEqual(made.artifactVersions[0]);
    expect(await listed("tags:b")).toEqual(expect.arrayContaining([first, third]));
    expect(await listed("tags:b AND NOT tags:a")).toEqual([third]);
    expect(await listed("NOT tags:*")).toEqual([second]);
    const { artifactVersions } = await it.developer.versions.tagArtifactVersions({ artifactVersions: [second, first], addTags: ["c"] });
    expect(artifactVersions.map(({ id, tags }) => [id, tags])).toEqual([
      [second, ["c"]],
      [first, ["a", "b", "c"]],
    ]);
  });

  test("one version of an artifact has an exclusive tag, however many are made at once", async () => {
    it.around.tags.make("blessed", true);
    const other = await version("other", ["blessed"]);
    const made = await Promise.all(Array.from({ length: 30 }, () => version("contested", ["blessed", "common"])));
    const holders = await listed("tags:blessed");
    expect(holders).toHaveLength(2);
    expect(holders).toContain(other);
    expect((await listed("tags:common")).toSorted()).toEqual(made.toSorted());
    await it.developer.versions.tagArtifactVersions({ artifactVersions: [made[3] as string], addTags: ["blessed"] });
    expect((await listed("tags:blessed")).toSorted()).toEqual([other, made[3]].toSorted());
  });

  test("attachments go with versions, artifacts and projects", async () => {
    const tag = it.around.tags.make(`going ${newUuid()}`);
    const id = await version("gone", [tag.name]);
    await version("gone", [tag.name]);
    const { artifact } = await it.developer.artifacts.createArtifact({ project, name: "staying", tags: [tag.name] });
    expect(await taggings(tag.id)).toBe(3);
    await it.developer.versions.deleteArtifactVersion({ artifactVersion: id });
    expect(await taggings(tag.id)).toBe(2);
    await it.admin.artifacts.deleteArtifact({ artifact: "gone", project });
    expect(await taggings(tag.id)).toBe(1);
    it.around.deleteProject(project);
    await until(async () => (await taggings(tag.id)) === 0);
    expect(await reasonOf(it.viewer.artifacts.getArtifact({ artifact: artifact?.id ?? "" }))).toBe("NOT_FOUND");
  });
});
