import { create, toBinary } from "@bufbuild/protobuf";
import type { Tag } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { CascadingTagsSchema } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
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

  const made = async (run: string, artifact: string, asked: { tags?: string[] } = {}) => {
    const versions = [{ id: newUuid(), artifact, uri: "file:///1", ...asked }];
    const { artifactVersions } = await it
      .step(run, project)
      .versions.batchCreateArtifactVersions({ project, run, step: "train", versions });
    return artifactVersions[0]?.id ?? "";
  };
  const cascade = (run: string, ...tags: Tag[]) => {
    const payload = toBinary(CascadingTagsSchema, create(CascadingTagsSchema, { tags }));
    return it.around.tell("runs", { kind: "run.cascade", subject: run, payload });
  };
  const produced = (run: string, ...versions: string[]) =>
    it.around.edges({ run, name: "train", outputs: versions.map((artifactVersion, i) => ({ name: `out ${i}`, artifactVersion })) });
  const taken = (cursor: string, version: string) => it.viewer.versions.listUses({ artifactVersion: version, consistentWith: cursor });
  const tagsOf = async (version: string) =>
    (await it.viewer.versions.getArtifactVersion({ artifactVersion: version })).artifactVersion?.tags;

  test("what a run makes gets the tags of it that go on, whichever is heard first, and what serves again does not", async () => {
    const [audit, eu] = [it.around.tags.make("audit"), it.around.tags.make("eu only")];
    const [run, other] = [newUuid(), newUuid()];
    const [first, second, elsewhere] = [await made(run, "a", { tags: ["own"] }), await made(run, "b"), await made(other, "c")];
    cascade(run, audit, eu);
    await taken(produced(run, first, elsewhere), first);
    expect(await tagsOf(first)).toEqual(["audit", "eu only", "own"]);
    expect([await tagsOf(second), await tagsOf(elsewhere)]).toEqual([[], []]);
    await taken(produced(run, first, second), second);
    expect(await tagsOf(second)).toEqual(["audit", "eu only"]);

    const late = newUuid();
    const before = await made(late, "d");
    await taken(produced(late, before), before);
    expect(await tagsOf(before)).toEqual([]);
    await taken(cascade(late, audit), before);
    expect(await tagsOf(before)).toEqual(["audit"]);
    expect((await listed("tags:audit")).toSorted()).toEqual([first, second, before].toSorted());

    it.around.tell("runs", { kind: "run.deleted", subject: run });
    await until(
      async () =>
        (await it.tables.db.selectFrom("artifacts_cascade").select("tagId").where("runId", "=", toId(run)).execute()).length === 0,
    );
    expect(await tagsOf(first)).toEqual(["audit", "eu only", "own"]);
  });

  test("of the versions of an artifact the last has an exclusive tag of its run, and a tag that is gone stays gone", async () => {
    const [champion, going] = [it.around.tags.make("champ", true), it.around.tags.make("soon gone")];
    const run = newUuid();
    cascade(run, champion, going);
    const first = await made(run, "weights");
    await taken(produced(run, first), first);
    expect(await tagsOf(first)).toEqual(["champ", "soon gone"]);
    it.around.tags.remove(going);
    await until(async () => (await tagsOf(first))?.length === 1);
    const second = await made(run, "weights");
    await taken(it.around.edges({ run, name: "again", outputs: [{ name: "out", artifactVersion: second }] }), second);
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([[], ["champ"]]);
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
