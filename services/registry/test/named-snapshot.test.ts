import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("named snapshots on %s", (dialect) => {
  let it: RegistryUnderTest;
  let [project, pipeline] = ["", ""];
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  beforeEach(async () => {
    project = await it.project();
    pipeline = await it.pipeline(project, "train");
  });
  afterAll(() => it.close());

  interface Asked {
    id?: string;
    name?: string;
    replace?: boolean;
    tags?: string[];
    description?: string;
  }
  /** A snapshot of the given content. */
  const keep = async (content: unknown, asked: Asked = {}, as = it.admin) => {
    const configuration = { text: JSON.stringify(content) };
    const { snapshot, created } = await as.snapshots.createSnapshot({ project, pipeline, dynamic: true, configuration, ...asked });
    if (!snapshot) throw new Error("no snapshot");
    return { ...snapshot, created };
  };
  const nameOf = async (snapshot: string) => (await it.viewer.snapshots.getSnapshot({ snapshot })).snapshot?.name;
  const has = async (snapshot: string) => reasonOf(it.viewer.snapshots.getSnapshot({ snapshot })).catch(() => "OK");

  test("what a client says of one comes back, and only documents are left out of pages", async () => {
    const { id: source } = await keep("source");
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "nightly", snapshot: source });
    const said = {
      ...{ description: "before the holidays", sourceCode: "def train(): ...\n", specification: { text: '{ "version": 2 }' } },
      ...{ runNameTemplate: "train {date}", clientVersion: "1.2", serverVersion: "1.1", versionHash: "c0ffee" },
      ...{ codePath: "s3://code/1.tar.gz", template: runTemplate?.id ?? "", sourceSnapshot: source, tags: ["b", "a"] },
    };
    const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline, ...said });
    expect(snapshot).toMatchObject({ ...said, tags: ["a", "b"], runnable: false, etag: "r1" });
    expect(snapshot?.updateTime).toEqual(snapshot?.createTime);
    const { snapshots } = await it.viewer.snapshots.batchGetSnapshots({ ids: [newUuid(), snapshot?.id ?? "", source] });
    const paged = { ...snapshot, sourceCode: "", specification: undefined };
    expect(snapshots.map((each) => ({ ...each, specification: each.specification }))[0]).toEqual(paged);
    expect(snapshots[1]?.id).toBe(source);
    const listed = await it.viewer.snapshots.listSnapshots({ project, filter: `source_snapshot = "${source}" AND template = nightly` });
    expect(listed.snapshots).toEqual(snapshots.slice(0, 1));
    const gone = it.admin.snapshots.createSnapshot({ project, pipeline, sourceSnapshot: newUuid() });
    expect(await failureOf(gone)).toMatchObject({ reason: "NOT_FOUND", metadata: { type: "snapshot" } });
  });

  test("is runnable elsewhere with a build that others reach, on a stack of which nothing is local", async () => {
    const remote = async (type: ComponentType) =>
      (await it.admin.components.createComponent({ name: `remote ${newUuid()}`, type, flavor: "kubernetes" })).component?.id ?? "";
    const stack = async (components: string[]) =>
      (await it.admin.stacks.createStack({ name: `stack ${newUuid()}`, components })).stack?.id ?? "";
    const elsewhere = await stack([await remote(ComponentType.ORCHESTRATOR), await remote(ComponentType.ARTIFACT_STORE)]);
    const here = await stack(await it.parts());
    const build = async (local: boolean) => (await it.admin.builds.createBuild({ project, local })).build?.id ?? "";
    const pushed = await build(false);
    const runnable = async (asked: { stack?: string; build?: string }) =>
      (await it.admin.snapshots.createSnapshot({ project, pipeline, ...asked })).snapshot?.runnable;
    expect(await runnable({ stack: elsewhere, build: pushed })).toBe(true);
    expect(await runnable({ stack: elsewhere, build: await build(true) })).toBe(false);
    expect(await runnable({ stack: here, build: pushed })).toBe(false);
    expect(await runnable({ stack: elsewhere })).toBe(false);
    expect(await runnable({ build: pushed })).toBe(false);
    const { snapshots } = await it.viewer.snapshots.listSnapshots({ project, filter: "runnable = true" });
    expect(snapshots).toMatchObject([{ stack: elsewhere, build: pushed }]);
  });

  test("a name moves to the snapshot that is to have it, and only where that is said", async () => {
    const first = await keep(1, { name: "baseline" });
    expect(await reasonOf(keep(2, { name: "baseline" }))).toBe("NAME_TAKEN");
    const second = await keep(2, { name: "baseline", replace: true });
    expect([second.created, await nameOf(first.id), await nameOf(second.id)]).toEqual([true, "", "baseline"]);
    expect((await keep(2, { name: "baseline", replace: true })).id).toBe(second.id);
    // The first is still what it was created as.
    expect((await keep(1, { id: first.id, name: "baseline" })).id).toBe(first.id);
    const third = await keep(3);
    expect(await reasonOf(it.admin.snapshots.updateSnapshot({ snapshot: third.id, name: "baseline" }))).toBe("NAME_TAKEN");
    const moved = await it.admin.snapshots.updateSnapshot({ snapshot: third.id, name: "baseline", replace: true, etag: third.etag });
    expect(moved.snapshot).toMatchObject({ id: third.id, name: "baseline", etag: "r2" });
    expect(await nameOf(second.id)).toBe("");
    const other = await it.pipeline(project);
    const elsewhere = await it.admin.snapshots.createSnapshot({ project, pipeline: other, name: "baseline" });
    expect(elsewhere.snapshot?.name).toBe("baseline");
  });

  test("fields change by mask and etag, and a name can be taken away", async () => {
    const { id, etag } = await keep(1, { name: "old", description: "d" });
    const update = (asked: object) => it.admin.snapshots.updateSnapshot({ snapshot: id, ...asked });
    expect((await update({ name: "new", etag })).snapshot).toMatchObject({ name: "new", description: "d", etag: "r2" });
    expect(await reasonOf(update({ description: "e", etag }))).toBe("ETAG_MISMATCH");
    expect(await reasonOf(update({ name: newUuid() }))).toBe("FIELD_INVALID");
    expect((await update({ updateMask: { paths: ["name", "description"] } })).snapshot).toMatchObject({
      name: "",
      description: "",
      etag: "r3",
    });
    expect((await update({ updateMask: { paths: ["name"] } })).snapshot?.etag).toBe("r3");
    expect(await reasonOf(update({ updateMask: { paths: ["configuration"] } }))).toBe("FIELD_INVALID");
    // It is not the one that has this content and never had a name.
    expect((await keep(1)).created).toBe(true);
    expect(await reasonOf(it.viewer.snapshots.updateSnapshot({ snapshot: id, name: "mine" }))).toBe("PERMISSION_MISSING");
  });

  test("nobody takes a name from a snapshot that they may not change", async () => {
    const { id } = await keep(1, { name: "guarded" });
    const own = await keep(2, {}, it.developer);
    expect(await reasonOf(keep(3, { name: "guarded", replace: true }, it.developer))).toBe("PERMISSION_MISSING");
    const taking = it.developer.snapshots.updateSnapshot({ snapshot: own.id, name: "guarded", replace: true });
    expect(await failureOf(taking)).toMatchObject({ reason: "PERMISSION_MISSING", metadata: { permission: "snapshot.update" } });
    expect(await nameOf(id)).toBe("guarded");
  });

  test("of many who take a name at once one has it in the end, and all have been kept", async () => {
    const made = await Promise.all(Array.from({ length: 12 }, (_, i) => keep(i, { name: "contended", replace: true })));
    expect(made.map(({ created }) => created)).toEqual(made.map(() => true));
    const names = await Promise.all(made.map(({ id }) => nameOf(id)));
    expect(names.filter((name) => name === "contended")).toHaveLength(1);
    const { snapshots } = await it.viewer.snapshots.listSnapshots({ project, filter: "name:*", orderBy: "name" });
    expect(snapshots).toHaveLength(1);
  });

  test("tags are given, listed by, and taken off", async () => {
    const [a, b] = [await keep("a", { tags: ["nightly"] }), await keep("b")];
    const tagged = await it.admin.snapshots.tagSnapshots({ snapshots: [a.id, b.id], addTags: ["champion"], removeTags: ["nightly"] });
    expect(tagged.snapshots).toMatchObject([
      { id: a.id, tags: ["champion"] },
      { id: b.id, tags: ["champion"] },
    ]);
    expect((await it.viewer.snapshots.getSnapshot({ snapshot: a.id })).snapshot?.tags).toEqual(["champion"]);
    const found = await it.viewer.snapshots.listSnapshots({ project, filter: "tags:champion", orderBy: "create_time" });
    expect(found.snapshots.map(({ id, tags }) => [id, tags])).toEqual([
      [a.id, ["champion"]],
      [b.id, ["champion"]],
    ]);
  });

  test("one that a template executes is in use, also where both happen at once", async () => {
    const { id } = await keep(1, { tags: ["t"] });
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "holds", snapshot: id });
    expect(await failureOf(it.admin.snapshots.deleteSnapshot({ snapshot: id }))).toMatchObject({
      reason: "IN_USE",
      metadata: { type: "snapshot", run_template: "holds" },
    });
    await it.admin.templates.deleteRunTemplate({ runTemplate: runTemplate?.id ?? "" });
    expect(await reasonOf(it.admin.snapshots.deleteSnapshot({ snapshot: id, etag: "r7" }))).toBe("ETAG_MISMATCH");
    await it.admin.snapshots.deleteSnapshot({ snapshot: id });
    expect(await has(id)).toBe("NOT_FOUND");
    const left = await it.tables.db.selectFrom("registry_tagging").select("tagId").where("resourceId", "=", toId(id)).execute();
    expect(left).toEqual([]);

    const { id: raced } = await keep(2);
    const making = Array.from({ length: 5 }, (_, i) =>
      reasonOf(it.admin.templates.createRunTemplate({ project, name: `racing ${i}`, snapshot: raced })).catch(() => "OK"),
    );
    const deleted = await reasonOf(it.admin.snapshots.deleteSnapshot({ snapshot: raced })).catch(() => "OK");
    expect(deleted).toBe((await Promise.all(making)).includes("OK") ? "IN_USE" : "OK");
  });

  test("of many those that can go do, and the others are told of", async () => {
    const [a, b, c] = [await keep("a"), await keep("b"), await keep("c")];
    await it.admin.templates.createRunTemplate({ project, name: "holds one", snapshot: b.id });
    const snapshots = [a.id, b.id, newUuid(), c.id, a.id];
    const refused = [{ id: b.id, reason: "IN_USE", message: expect.stringContaining("holds one") }];
    const nothing = await it.viewer.snapshots.batchDeleteSnapshots({ snapshots });
    expect([nothing.deleted, nothing.refused]).toEqual([[], []]);
    const answer = await it.admin.snapshots.batchDeleteSnapshots({ snapshots });
    expect(answer.deleted.toSorted()).toEqual([a.id, c.id].sort());
    expect(answer.refused).toMatchObject(refused);
    const again = await it.admin.snapshots.batchDeleteSnapshots({ snapshots });
    expect(again.deleted).toEqual([]);
    expect(again.refused).toMatchObject(refused);
  });
});
