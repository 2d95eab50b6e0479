import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

describe.each(dialects)("artifacts on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    project = it.around.project("penguins");
  });
  afterAll(() => it.close());

  test("an artifact is what it was created as, by its id or name", async () => {
    const request = { id: newUuid(), project: "penguins", name: "clean 🐧", description: "without gaps" };
    const { artifact } = await it.admin.artifacts.createArtifact(request);
    expect(artifact).toMatchObject({ ...request, project, latestNumber: 0, owner: { name: "admin" }, etag: "r1" });
    expect((await it.viewer.artifacts.getArtifact({ artifact: request.id })).artifact).toEqual(artifact);
    expect((await it.viewer.artifacts.getArtifact({ artifact: "clean 🐧", project })).artifact).toEqual(artifact);
    expect((await it.admin.artifacts.createArtifact({ ...request, project })).artifact).toEqual(artifact);
    expect(await reasonOf(it.admin.artifacts.createArtifact({ ...request, description: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.artifacts.createArtifact({ ...request, id: "" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(it.admin.artifacts.createArtifact({ project, name: newUuid() }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.viewer.artifacts.getArtifact({ artifact: "clean 🐧" }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.stranger.artifacts.getArtifact({ artifact: request.id }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.viewer.artifacts.createArtifact({ project, name: "no" }))).toBe("PERMISSION_MISSING");
  });

  test.each(["Case", "case", "cäse", "a b"])("%s is a name of its own", async (name) => {
    const { artifact } = await it.admin.artifacts.createArtifact({ project, name });
    expect((await it.admin.artifacts.getArtifact({ project, artifact: name })).artifact).toEqual(artifact);
  });

  test("an update changes what its mask names", async () => {
    const { artifact } = await it.admin.artifacts.createArtifact({ project, name: "old", description: "d" });
    const update = { artifact: "old", project, name: "new", etag: artifact?.etag ?? "" };
    const { artifact: changed } = await it.admin.artifacts.updateArtifact(update);
    expect(changed).toMatchObject({ id: artifact?.id, name: "new", description: "d", etag: "r2" });
    expect((await it.admin.artifacts.updateArtifact({ ...update, artifact: "new" })).artifact).toEqual(changed);
    expect(await reasonOf(it.admin.artifacts.updateArtifact({ ...update, artifact: "new", name: "newer" }))).toBe("ETAG_MISMATCH");
    expect(await reasonOf(it.admin.artifacts.updateArtifact({ artifact: "new", project, updateMask: { paths: ["name"] } }))).toBe(
      "FIELD_INVALID",
    );
    await it.admin.artifacts.createArtifact({ project, name: "taken" });
    expect(await reasonOf(it.admin.artifacts.updateArtifact({ artifact: "new", project, name: "taken" }))).toBe("NAME_TAKEN");
  });

  test("an artifact is deleted with its versions", async () => {
    const id = await it.version(project, "doomed");
    expect(await reasonOf(it.admin.artifacts.deleteArtifact({ artifact: "doomed", project, etag: "r9" }))).toBe("ETAG_MISMATCH");
    await it.admin.artifacts.deleteArtifact({ artifact: "doomed", project });
    expect(await reasonOf(it.admin.versions.getArtifactVersion({ artifactVersion: id }))).toBe("NOT_FOUND");
    await it.version(project, "doomed");
    expect((await it.admin.versions.findArtifactVersion({ artifact: "doomed", project, version: "1" })).artifactVersion?.id).not.toBe(id);
  });

  test("a refusal tells the name that is taken", async () => {
    expect(await failureOf(it.admin.artifacts.createArtifact({ project, name: "taken" }))).toMatchObject({
      reason: "NAME_TAKEN",
      metadata: { type: "artifact", name: "taken" },
    });
  });
});
