import { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("tags on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  /** As runs asks on behalf of a person. */
  const attaching = (principal: string) => it.part.client(TagService, { principal, workspace: it.world.workspace, service: "runs" });

  const eventsOf = async (tag: string) => {
    const rows = await it.tables.db.selectFrom("registry_outbox").select("kind").where("subject", "=", toId(tag)).execute();
    return rows.map(({ kind }) => kind);
  };

  test("a tag is what it was created as, and found by id or name", async () => {
    const request = { id: newUuid(), name: "nightly build", description: "made at night", color: TagColor.TEAL, exclusive: true };
    const { tag } = await it.developer.tags.createTag(request);
    expect(tag).toMatchObject({ ...request, owner: { id: it.world.developer }, etag: "r1" });
    expect((await it.viewer.tags.getTag({ tag: request.id })).tag).toEqual(tag);
    expect((await it.viewer.tags.getTag({ tag: "nightly build" })).tag).toEqual(tag);
    expect((await it.developer.tags.createTag(request)).tag).toEqual(tag);
    expect(await reasonOf(it.developer.tags.createTag({ ...request, exclusive: false }))).toBe("ID_REUSED");
    expect(await reasonOf(it.developer.tags.createTag({ name: "nightly build" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(it.developer.tags.createTag({ name: newUuid() }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.stranger.tags.getTag({ tag: "nightly build" }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.viewer.tags.createTag({ name: "mine" }))).toBe("PERMISSION_MISSING");
  });

  test("without a color it gets one that goes by its name", async () => {
    const { tag } = await it.admin.tags.createTag({ name: "plain" });
    expect(tag?.color).not.toBe(TagColor.UNSPECIFIED);
    await it.admin.tags.deleteTag({ tag: "plain" });
    expect((await it.admin.tags.createTag({ name: "plain" })).tag?.color).toBe(tag?.color);
  });

  test("it changes field by field, and tells of it", async () => {
    const { tag } = await it.admin.tags.createTag({ name: "before" });
    const id = tag?.id ?? "";
    const { tag: renamed } = await it.admin.tags.updateTag({ tag: "before", name: "after", color: TagColor.RED, etag: "r1" });
    expect(renamed).toMatchObject({ id, name: "after", color: TagColor.RED, exclusive: false, etag: "r2" });
    expect((await it.admin.tags.updateTag({ tag: id, name: "after", etag: "r1" })).tag).toEqual(renamed);
    expect(await reasonOf(it.admin.tags.updateTag({ tag: id, exclusive: true, etag: "r1" }))).toBe("ETAG_MISMATCH");
    expect((await it.admin.tags.updateTag({ tag: id, exclusive: true })).tag?.exclusive).toBe(true);
    expect((await it.admin.tags.updateTag({ tag: id, updateMask: { paths: ["exclusive"] } })).tag?.exclusive).toBe(false);
    expect(await failureOf(it.admin.tags.updateTag({ tag: id, updateMask: { paths: ["color"] } }))).toMatchObject({
      violations: [{ field: "color" }],
    });
    await it.admin.tags.createTag({ name: "taken" });
    expect(await reasonOf(it.admin.tags.updateTag({ tag: id, name: "taken" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(it.viewer.tags.deleteTag({ tag: id }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.admin.tags.deleteTag({ tag: id, etag: "r1" }))).toBe("ETAG_MISMATCH");
    await it.admin.tags.deleteTag({ tag: id });
    expect(await reasonOf(it.admin.tags.getTag({ tag: id }))).toBe("NOT_FOUND");
    expect(await eventsOf(id)).toEqual(["tag.changed", "tag.changed", "tag.changed", "tag.changed", "tag.deleted"]);
  });

  test("lists are asked by name, color and whether they are exclusive", async () => {
    const prefix = newUuid().slice(-8);
    for (const name of ["c", "a", "b"])
      await it.admin.tags.createTag({ name: prefix + name, color: TagColor.LIME, exclusive: name === "b" });
    const names = async (filter: string) => {
      const { tags } = await it.viewer.tags.listTags({ filter: `name = "${prefix}*" AND ${filter}`, orderBy: "name" });
      return tags.map(({ name }) => name.slice(-1)).join("");
    };
    expect(await names("color = LIME")).toBe("abc");
    expect(await names("exclusive = true")).toBe("b");
    expect(await names("color = RED")).toBe("");
  });

  test("attaching makes what is unknown by name, once, for who may create tags", async () => {
    const { developer, viewer } = it.world;
    const project = await it.project();
    const { tag: known } = await it.admin.tags.createTag({ name: "known to all", exclusive: true });
    const { tags } = await attaching(developer).ensureTags({
      project,
      tags: ["new to all", known?.id ?? "", "known to all", "new to all"],
    });
    expect(tags.map(({ name }) => name)).toEqual(["new to all", "known to all", "known to all", "new to all"]);
    expect(tags[0]).toMatchObject({ owner: { id: developer }, exclusive: false });
    expect(await eventsOf(tags[0]?.id ?? "")).toEqual(["tag.changed"]);
    expect((await attaching(viewer).ensureTags({ project, tags: ["new to all"] })).tags).toEqual([tags[0]]);
    expect(await failureOf(attaching(viewer).ensureTags({ project, tags: ["of a viewer"] }))).toMatchObject({
      reason: "PERMISSION_MISSING",
      metadata: { permission: "tag.create" },
    });
    expect(await reasonOf(attaching(developer).ensureTags({ project, tags: [newUuid()] }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.tags.ensureTags({ project, tags: ["x"] }))).toBe("INTERNAL_ONLY");
    const ids = [known?.id ?? "", newUuid()];
    expect((await it.runs.tags.resolveTags({ workspace: it.world.workspace, ids })).tags).toEqual([known]);
  });

  test("fifty who attach the same new tags get the same ones", async () => {
    const project = await it.project();
    const names = Array.from({ length: 5 }, (_, i) => `shared ${i}`);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => attaching(it.world.developer).ensureTags({ project, tags: i % 2 ? names : names.toReversed() })),
    );
    const ids = answers.map(({ tags }, i) => (i % 2 ? tags : tags.toReversed()).map(({ id }) => id).join());
    expect(new Set(ids).size).toBe(1);
    expect(new Set(ids[0]?.split(",")).size).toBe(5);
  });

  test("what is attached while it is deleted again and again is there, or made anew", async () => {
    const project = await it.project();
    const attach = async () => {
      for (let i = 0; i < 20; i++) {
        const { tags } = await attaching(it.world.developer).ensureTags({ project, tags: ["restless"] });
        expect(tags[0]?.name).toBe("restless");
      }
    };
    const remove = async () => {
      for (let i = 0; i < 20; i++) expect(["OK", "NOT_FOUND"]).toContain(await reasonOf(it.admin.tags.deleteTag({ tag: "restless" })));
    };
    await Promise.all([attach(), remove(), attach()]);
  });
});
