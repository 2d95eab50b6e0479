import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const dockerfile = `FROM python:3.13 AS ${newUuid()}\nRUN pip install -r requirements.txt\n`;
const images = {
  orchestrator: { image: "registry.example/churn@sha256:0a", dockerfile, requirements: "numpy==2.3.1\n", settingsChecksum: "c0ffee" },
  "train.step operator": { image: "registry.example/churn:gpu", dockerfile, containsCode: true, downloadsCode: true },
};

describe.each(dialects)("builds on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let pipeline = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("churn");
    pipeline = await it.pipeline(project, "train");
  });
  afterAll(() => it.close());

  test("one is what it was recorded as, and a repeat is by whichever reference", async () => {
    const { stack } = await it.admin.stacks.createStack({ name: "built for", components: await it.parts() });
    const request = {
      ...{ id: newUuid(), project, pipeline: "train", stack: "built for", images, local: true, containsCode: true },
      ...{ clientVersion: "1.2.3", pythonVersion: "3.13.1", durationSeconds: 90n, checksum: "abc", stackChecksum: "def" },
    };
    const { build } = await it.admin.builds.createBuild(request);
    expect(build).toMatchObject({ ...request, pipeline, stack: stack?.id, owner: { name: "admin" } });
    expect((await it.viewer.builds.getBuild({ build: request.id })).build).toEqual(build);
    expect((await it.admin.builds.createBuild({ ...request, project: "churn", pipeline })).build).toEqual(build);
    expect(await reasonOf(it.admin.builds.createBuild({ ...request, local: false }))).toBe("ID_REUSED");
    const { build: bare } = await it.admin.builds.createBuild({ project });
    expect(bare).toMatchObject({ pipeline: "", stack: "", images: {} });
    expect(bare?.durationSeconds).toBeUndefined();
  });

  test("a document is kept once, and pages leave images out", async () => {
    const { build } = await it.admin.builds.createBuild({ project, images });
    const texts = it.tables.db.selectFrom("registry_document").select("hash").where("text", "=", dockerfile);
    expect(await texts.execute()).toHaveLength(1);
    const { builds } = await it.viewer.builds.batchGetBuilds({ ids: [newUuid(), build?.id ?? ""] });
    expect(builds).toEqual([{ ...build, images: {} }]);
    expect((await it.viewer.builds.listBuilds({ project, pageSize: 1 })).builds).toEqual(builds);
  });

  test("are sorted by how long they took, those of which nobody said first", async () => {
    const own = await it.project();
    for (const durationSeconds of [90n, undefined, 0n, 2147483647n, undefined, 7n]) {
      await it.admin.builds.createBuild({ project: own, ...(durationSeconds !== undefined && { durationSeconds }) });
    }
    const walk = async (orderBy: string, filter = "") => {
      const found: (bigint | undefined)[] = [];
      for (let pageToken = ""; ; ) {
        const page = await it.viewer.builds.listBuilds({ project: own, orderBy, filter, pageSize: 2, pageToken });
        found.push(...page.builds.map((each) => each.durationSeconds));
        pageToken = page.nextPageToken;
        if (pageToken === "") return found;
      }
    };
    const sorted = [undefined, undefined, 0n, 7n, 90n, 2147483647n];
    expect(await walk("duration_seconds")).toEqual(sorted);
    expect(await walk("duration_seconds desc")).toEqual(sorted.toReversed());
    expect(await walk("duration_seconds desc", "duration_seconds >= 7")).toEqual([2147483647n, 90n, 7n]);
  });

  test("what it names is there, and the caller may read it", async () => {
    for (const [type, asked] of [
      ["pipeline", { pipeline: "none" }],
      ["stack", { stack: newUuid() }],
    ] as const) {
      expect(await failureOf(it.admin.builds.createBuild({ project, ...asked }))).toMatchObject({
        reason: "NOT_FOUND",
        metadata: { type },
      });
    }
    const person = newUuid();
    teachPerson(it.part.needs.policy, it.world, person, "project-developer", project);
    const as = it.clients({ principal: person, workspace: it.world.workspace });
    const { stack } = await it.admin.stacks.createStack({ name: "not theirs", components: await it.parts() });
    expect(await reasonOf(as.builds.createBuild({ project, stack: stack?.id ?? "" }))).toBe("NOT_FOUND");
    expect((await as.builds.createBuild({ project, pipeline })).build?.owner?.id).toBe(person);
    expect(await reasonOf(it.viewer.builds.createBuild({ project }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.admin.builds.createBuild({ project, images: { orchestrator: { image: "" } } }))).toBe("FIELD_INVALID");
  });

  test("one is in use while a snapshot names it, also where both happen at once", async () => {
    const { build } = await it.admin.builds.createBuild({ project, images });
    const id = build?.id ?? "";
    const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline, dynamic: true, build: id });
    expect(snapshot).toMatchObject({ build: id });
    expect(await failureOf(it.admin.builds.deleteBuild({ build: id }))).toMatchObject({
      reason: "IN_USE",
      metadata: { type: "build", snapshot: snapshot?.id },
    });
    const named = await it.viewer.snapshots.listSnapshots({ project, filter: `build = "${id}"` });
    expect(named.snapshots).toMatchObject([{ id: snapshot?.id, build: id }]);
    const elsewhere = await it.project();
    const other = { project: elsewhere, pipeline: await it.pipeline(elsewhere), build: id };
    expect(await failureOf(it.admin.snapshots.createSnapshot(other))).toMatchObject({ reason: "NOT_FOUND", metadata: { type: "build" } });

    const { build: racing } = await it.admin.builds.createBuild({ project });
    const naming = Array.from({ length: 5 }, async (_, i) => {
      const asked = { project, pipeline, dynamic: true, build: racing?.id ?? "", configuration: { text: String(i) } };
      return reasonOf(it.admin.snapshots.createSnapshot(asked)).catch(() => "OK");
    });
    const deleted = await reasonOf(it.admin.builds.deleteBuild({ build: racing?.id ?? "" })).catch(() => "OK");
    const named2 = await Promise.all(naming);
    expect(deleted).toBe(named2.includes("OK") ? "IN_USE" : "OK");
  });

  test("stays when its pipeline and its stack go, until it is deleted itself", async () => {
    const going = await it.pipeline(project, "going");
    const { stack } = await it.admin.stacks.createStack({ name: "going", components: await it.parts() });
    const { build } = await it.admin.builds.createBuild({ project, pipeline: going, stack: "going", images });
    await it.admin.pipelines.deletePipeline({ pipeline: going });
    await it.admin.stacks.deleteStack({ stack: stack?.id ?? "" });
    expect((await it.viewer.builds.getBuild({ build: build?.id ?? "" })).build).toEqual(build);
    await it.admin.builds.deleteBuild({ build: build?.id ?? "" });
    expect(await reasonOf(it.admin.builds.getBuild({ build: build?.id ?? "" }))).toBe("NOT_FOUND");
  });

  test("is found by what it is of, and by the registry that its stack pushes to", async () => {
    const of = await it.pipeline(project, "listed");
    const registry = await it.component(ComponentType.CONTAINER_REGISTRY, "ecr");
    await it.admin.stacks.createStack({ name: "pushing", components: [...(await it.parts()), registry] });
    const asked = { project, pipeline: of };
    await it.admin.builds.createBuild({ ...asked, checksum: "one", stack: "pushing", pythonVersion: "3.13.1", durationSeconds: 40n });
    await it.admin.builds.createBuild({ ...asked, checksum: "two", stackChecksum: "s", local: true, clientVersion: "9" });
    const found = async (filter: string) => {
      const { builds } = await it.viewer.builds.listBuilds({ project, filter: `pipeline = listed AND ${filter}`, orderBy: "create_time" });
      return builds.map(({ checksum }) => checksum);
    };
    expect(await found("container_registry:ecr")).toEqual(["one"]);
    expect(await found(`container_registry:"${registry}"`)).toEqual(["one"]);
    expect(await found("NOT container_registry:*")).toEqual(["two"]);
    expect(await found('stack = pushing AND python_version = "3.13*"')).toEqual(["one"]);
    expect(await found("duration_seconds < 60")).toEqual(["one"]);
    expect(await found("NOT duration_seconds:*")).toEqual(["two"]);
    expect(await found('stack_checksum = s AND local = true AND contains_code = false AND client_version = "9"')).toEqual(["two"]);
    expect(await found("checksum = (one OR two)")).toEqual(["one", "two"]);
  });

  test("many are deleted at once: those that snapshots name stay, and the answer says why", async () => {
    const builds = await Promise.all(
      Array.from({ length: 5 }, async () => (await it.admin.builds.createBuild({ project, images })).build?.id ?? ""),
    );
    const [named = "", ...others] = builds;
    const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline: "train", dynamic: true, build: named });
    const theirs = (await it.developer.builds.createBuild({ project })).build?.id ?? "";
    const asked = { builds: [newUuid(), ...builds, theirs] };
    expect(await it.viewer.builds.batchDeleteBuilds(asked)).toMatchObject({ deleted: [], refused: [] });
    expect((await it.developer.builds.batchDeleteBuilds(asked)).deleted).toEqual([theirs]);
    const { deleted, refused } = await it.admin.builds.batchDeleteBuilds(asked);
    expect(deleted).toEqual(others);
    expect(refused).toMatchObject([{ id: named, reason: "IN_USE", message: expect.stringContaining(snapshot?.id ?? "") }]);
    expect((await it.admin.builds.batchDeleteBuilds(asked)).deleted).toEqual([]);
    expect((await it.viewer.builds.batchGetBuilds({ ids: builds })).builds.map(({ id }) => id)).toEqual([named]);
    const left = await it.tables.db.selectFrom("registry_build_image").selectAll().where("buildId", "in", others.map(toId)).execute();
    expect(left).toEqual([]);
  });
});
