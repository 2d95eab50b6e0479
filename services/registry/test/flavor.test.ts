import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringingFlavors } from "../src/flavor/built-in.ts";
import { builtIns } from "../src/flavor/catalogue.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { ALERTER, ARTIFACT_STORE, ORCHESTRATOR } = ComponentType;
const schema = {
  text: '{"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}, "retries": {"type": "integer"}}}',
};

describe.each(dialects)("flavors on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  test("those that Signalbox brings are there from the first call on, once, whoever asks at once", async () => {
    const pages = await Promise.all(Array.from({ length: 5 }, () => it.viewer.flavors.listFlavors({ pageSize: 1000, includeTotal: true })));
    expect(pages.map(({ totalSize }) => totalSize)).toEqual(pages.map(() => BigInt(builtIns.length)));
    const { flavors } = await it.viewer.flavors.listFlavors({ filter: "type = ARTIFACT_STORE AND name = s3" });
    expect(flavors).toMatchObject([{ displayName: "Amazon S3", custom: false, connectorResourceAttribute: "path" }]);
    expect(flavors[0]?.owner).toBeUndefined();
    expect(JSON.parse(flavors[0]?.schema?.text ?? "")).toMatchObject({ required: ["path"] });
    const id = flavors[0]?.id ?? "";
    expect((await it.viewer.flavors.getFlavor({ flavor: "s3" })).flavor).toEqual(flavors[0]);
    expect((await it.viewer.flavors.batchGetFlavors({ ids: [newUuid(), id] })).flavors).toEqual(flavors);
    expect((await it.stranger.flavors.listFlavors({})).flavors).toEqual([]);
  });

  test("nobody changes, deletes or copies one that Signalbox brings", async () => {
    const { flavor } = await it.viewer.flavors.getFlavor({ flavor: "kaniko" });
    const id = flavor?.id ?? "";
    expect(await reasonOf(it.admin.flavors.updateFlavor({ flavor: id, displayName: "mine" }))).toBe("PROTECTED");
    expect(await reasonOf(it.admin.flavors.deleteFlavor({ flavor: id }))).toBe("PROTECTED");
    expect(await reasonOf(it.admin.flavors.createFlavor({ name: "kaniko", type: ComponentType.IMAGE_BUILDER }))).toBe("NAME_TAKEN");
    expect(await reasonOf(it.viewer.flavors.updateFlavor({ flavor: id, displayName: "mine" }))).toBe("PERMISSION_MISSING");
    expect((await it.admin.flavors.createFlavor({ name: "kaniko", type: ALERTER })).flavor?.custom).toBe(true);
    const several = it.viewer.flavors.getFlavor({ flavor: "kaniko" });
    expect(await failureOf(several)).toMatchObject({ reason: "FIELD_INVALID", violations: [{ field: "flavor" }] });
  });

  test("one that people add is what it was created as, and changes field by field", async () => {
    const request = {
      ...{ id: newUuid(), name: "pager", type: ALERTER, displayName: "Pager", schema, source: "acme.Pager", integration: "acme" },
      ...{ logoUrl: "https://acme/l.png", docsUrl: "https://acme/d", sdkDocsUrl: "https://acme/s" },
      ...{ connectorType: "acme", connectorResourceType: "pager", connectorResourceAttribute: "url" },
    };
    const { flavor } = await it.developer.flavors.createFlavor(request);
    expect(flavor).toMatchObject({ ...request, custom: true, etag: "r1" });
    expect((await it.developer.flavors.createFlavor(request)).flavor).toEqual(flavor);
    const { flavor: changed } = await it.developer.flavors.updateFlavor({ flavor: "pager", docsUrl: "https://acme/x", etag: "r1" });
    expect(changed).toMatchObject({ ...request, docsUrl: "https://acme/x", etag: "r2" });
    expect((await it.viewer.flavors.listFlavors({ filter: "custom = true AND integration = acme" })).flavors).toEqual([changed]);
  });

  test("a schema is one, and says where it is not", async () => {
    const create = (text: string) => it.admin.flavors.createFlavor({ name: `f${newUuid()}`, type: ALERTER, schema: { text } });
    expect(await failureOf(create("{"))).toMatchObject({ reason: "FIELD_INVALID", violations: [{ field: "schema.text", rule: "json" }] });
    expect((await failureOf(create('{"properties": {"a": {"type": "text"}}}'))).violations).toMatchObject([
      { field: "schema.text", rule: "json_schema.type", description: expect.stringContaining("at /properties/a/type") },
    ]);
  });

  test("a component's configuration satisfies the schema of its flavor, when it is created and when it changes", async () => {
    await it.admin.flavors.createFlavor({ name: "strict", type: ALERTER, schema });
    const create = (text: string | undefined, flavor = "strict", more: object = {}) =>
      it.admin.components.createComponent({
        ...{ name: `f${newUuid()}`, type: ALERTER, flavor, ...more },
        ...(text !== undefined && { configuration: { text } }),
      });
    expect((await failureOf(create('{"url": "u", "retries": "many"}'))).violations).toMatchObject([
      { field: "configuration.text", rule: "json_schema.type", description: "at /retries, it must be integer, and is string" },
    ]);
    expect((await failureOf(create(undefined))).violations).toMatchObject([{ rule: "json_schema.required" }]);
    const { component } = await create('{ "url": "u", "more": 1 }');
    expect(component?.configuration?.text).toBe('{ "url": "u", "more": 1 }');
    const update = (text: string) => it.admin.components.updateComponent({ component: component?.id ?? "", configuration: { text } });
    expect(await reasonOf(update('{"url": 1}'))).toBe("FIELD_INVALID");
    expect((await update('{"url": "v"}')).component?.configuration?.text).toBe('{"url": "v"}');
    // What is not known may be anything.
    expect((await create('{"url": 1}', "homemade")).component?.flavor).toBe("homemade");

    const store = { type: ARTIFACT_STORE };
    expect(await reasonOf(create(undefined, "s3", store))).toBe("FIELD_INVALID");
    expect(await reasonOf(create('{"path": "gs://bucket"}', "s3", store))).toBe("FIELD_INVALID");
    expect((await create('{"path": "s3://bucket"}', "s3", store)).component?.type).toBe(ARTIFACT_STORE);
    // What the connector says need not be said again.
    const connected = { ...store, connector: newUuid(), connectorResource: "s3://bucket" };
    expect((await create(undefined, "s3", connected)).component?.configuration).toBeUndefined();
  });

  test("one that components have keeps its name, and stays", async () => {
    const { flavor } = await it.admin.flavors.createFlavor({ name: "used", type: ORCHESTRATOR });
    const id = flavor?.id ?? "";
    const { component } = await it.admin.components.createComponent({ name: "using", type: ORCHESTRATOR, flavor: "used" });
    const failure = { reason: "IN_USE", metadata: { type: "flavor", component: "using" } };
    expect(await failureOf(it.admin.flavors.deleteFlavor({ flavor: id }))).toMatchObject(failure);
    expect(await failureOf(it.admin.flavors.updateFlavor({ flavor: id, name: "renamed" }))).toMatchObject(failure);
    expect(await failureOf(it.admin.flavors.updateFlavor({ flavor: id, type: ALERTER }))).toMatchObject(failure);
    expect((await it.admin.flavors.updateFlavor({ flavor: id, displayName: "Used" })).flavor?.displayName).toBe("Used");
    await it.admin.components.deleteComponent({ component: component?.id ?? "" });
    await it.admin.flavors.deleteFlavor({ flavor: id });
    expect(await reasonOf(it.admin.flavors.getFlavor({ flavor: id }))).toBe("NOT_FOUND");
  });

  test("what changed in the catalogue is changed where it was brought before", async () => {
    const { db } = it.tables;
    const { flavor } = await it.viewer.flavors.getFlavor({ flavor: "feast" });
    await db
      .updateTable("registry_flavor")
      .set({ displayName: "Old", contentHash: Buffer.alloc(32) })
      .where("name", "=", "feast")
      .execute();
    await db.deleteFrom("registry_flavor").where("name", "=", "modal").execute();
    // As another program does, that knows more.
    await bringingFlavors(it.tables, systemClock)(toId(it.world.workspace));
    expect((await it.viewer.flavors.getFlavor({ flavor: "feast" })).flavor).toMatchObject({ id: flavor?.id, displayName: "Feast" });
    expect((await it.viewer.flavors.getFlavor({ flavor: "modal" })).flavor?.custom).toBe(false);
  });
});
