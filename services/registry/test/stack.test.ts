import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { ORCHESTRATOR, ARTIFACT_STORE, ALERTER } = ComponentType;

describe.each(dialects)("stacks on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  test("a component is what it was created as, byte for byte", async () => {
    const text = '{ "z": 1, "a": 12345678901234567890, "🚀": "\\u0000", "z": 2 }\n';
    const request = {
      id: newUuid(),
      name: "s3",
      type: ARTIFACT_STORE,
      flavor: "s3",
      configuration: { text },
      connector: newUuid(),
      connectorResource: "s3://bucket",
      labels: { team: "core", env: "prod" },
    };
    const { component } = await it.admin.components.createComponent(request);
    expect(component).toMatchObject(request);
    expect((await it.viewer.components.getComponent({ component: request.id })).component).toEqual(component);
    expect((await it.viewer.components.getComponent({ component: "s3" })).component).toEqual(component);
    expect((await it.admin.components.createComponent({ ...request, labels: { env: "prod", team: "core" } })).component).toEqual(component);
    expect(await reasonOf(it.admin.components.createComponent({ ...request, flavor: "gcs" }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.components.createComponent({ ...request, id: "" }))).toBe("NAME_TAKEN");
    expect(await reasonOf(it.admin.components.createComponent({ ...request, id: "", name: "broken", configuration: { text: "{" } }))).toBe(
      "FIELD_INVALID",
    );
  });

  test("components of two types may share a name, and then go by their ids", async () => {
    await it.component(ORCHESTRATOR, "local");
    const id = await it.component(ARTIFACT_STORE, "local");
    expect(await failureOf(it.admin.components.getComponent({ component: "local" }))).toMatchObject({
      reason: "FIELD_INVALID",
      violations: [{ field: "component" }],
    });
    expect(await reasonOf(it.stranger.components.getComponent({ component: "local" }))).toBe("NOT_FOUND");
    expect((await it.admin.components.getComponent({ component: id })).component?.type).toBe(ARTIFACT_STORE);
  });

  test("an update of a component replaces labels and settings, or empties them", async () => {
    const { component } = await it.admin.components.createComponent({
      name: "changing",
      type: ALERTER,
      flavor: "mail",
      labels: { a: "1", b: "2" },
      configuration: { text: "{}" },
    });
    const id = component?.id ?? "";
    const { component: changed } = await it.admin.components.updateComponent({
      component: id,
      labels: { b: "3" },
      configuration: { text: "[]" },
    });
    expect(changed).toMatchObject({ labels: { b: "3" }, configuration: { text: "[]" }, etag: "r2" });
    expect((await it.admin.components.updateComponent({ component: id, labels: { b: "3" }, etag: "r1" })).component).toEqual(changed);
    expect(await reasonOf(it.admin.components.updateComponent({ component: id, labels: { b: "4" }, etag: "r1" }))).toBe("ETAG_MISMATCH");
    const { component: emptied } = await it.admin.components.updateComponent({
      component: id,
      updateMask: { paths: ["labels", "configuration"] },
    });
    expect(emptied?.labels).toEqual({});
    expect(emptied?.configuration).toBeUndefined();
  });

  test("a stack is what it was created as", async () => {
    const [orchestrator = "", store = ""] = await it.parts();
    const more = await it.component(ALERTER);
    const request = {
      id: newUuid(),
      name: "dev",
      description: "for trying",
      components: [more, store, orchestrator],
      labels: { env: "dev" },
    };
    const { stack } = await it.admin.stacks.createStack(request);
    expect(stack).toMatchObject(request);
    expect((await it.viewer.stacks.getStack({ stack: "dev" })).stack).toEqual(stack);
    expect((await it.admin.stacks.createStack(request)).stack).toEqual(stack);
    const shouted = { components: request.components.map((id) => id.toUpperCase()) };
    expect((await it.admin.stacks.createStack({ name: "loud", ...shouted })).stack?.components).toEqual(request.components);
    expect((await it.admin.stacks.updateStack({ stack: "dev", ...shouted })).stack).toEqual(stack);
    expect(await reasonOf(it.admin.stacks.createStack({ ...request, description: "other" }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.stacks.createStack({ ...request, id: newUuid() }))).toBe("NAME_TAKEN");
  });

  test("a stack has one orchestrator and an artifact store", async () => {
    const [orchestrator = "", store = ""] = await it.parts();
    const second = await it.component(ORCHESTRATOR);
    const creating = (components: string[]) => it.admin.stacks.createStack({ name: "unsound", components });
    for (const components of [[orchestrator], [store], [orchestrator, second, store], [orchestrator, store, store]]) {
      expect((await failureOf(creating(components))).violations[0]?.field).toMatch(/^components/);
    }
    const unknown = newUuid();
    expect(await failureOf(creating([orchestrator, store, unknown]))).toMatchObject({
      reason: "NOT_FOUND",
      metadata: { type: "component", reference: unknown },
    });
  });

  test("a component that one may not read cannot go into a stack", async () => {
    const contributor = newUuid();
    const { policy } = it.part.needs;
    teachPerson(policy, it.world, contributor, "workspace-contributor");
    const as = it.clients({ principal: contributor, workspace: it.world.workspace });
    const [orchestrator = "", store = ""] = await it.parts();
    expect(await reasonOf(as.stacks.createStack({ name: "borrowed", components: [orchestrator, store] }))).toBe("NOT_FOUND");
    const own = await Promise.all(
      [ORCHESTRATOR, ARTIFACT_STORE].map(
        async (type) => (await as.components.createComponent({ name: "own", type, flavor: "local" })).component?.id ?? "",
      ),
    );
    expect((await as.stacks.createStack({ name: "own", components: own })).stack?.components).toEqual(own);
  });

  test("a component in a stack cannot be deleted until it is in none", async () => {
    const parts = await it.parts();
    const other = await it.component(ORCHESTRATOR);
    const { stack } = await it.admin.stacks.createStack({ name: "holder", components: parts });
    const id = stack?.id ?? "";
    expect(await failureOf(it.admin.components.deleteComponent({ component: parts[0] ?? "" }))).toMatchObject({
      reason: "IN_USE",
      metadata: { type: "component", stacks: "holder" },
    });
    const swapped = [other, parts[1] ?? ""];
    expect((await it.admin.stacks.updateStack({ stack: id, components: swapped })).stack?.components).toEqual(swapped);
    await it.admin.components.deleteComponent({ component: parts[0] ?? "" });
    expect(await reasonOf(it.admin.components.getComponent({ component: parts[0] ?? "" }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.components.deleteComponent({ component: other }))).toBe("IN_USE");
    await it.admin.stacks.deleteStack({ stack: "holder" });
    await it.admin.components.deleteComponent({ component: other });
    expect(
      await it.tables.db
        .selectFrom("registry_stack_component")
        .selectAll()
        .where("componentId", "=", Buffer.from(other.replaceAll("-", ""), "hex"))
        .execute(),
    ).toEqual([]);
  });

  test("an update of a stack that would unmake it is refused, and one that changes nothing is not", async () => {
    const parts = await it.parts();
    const { stack } = await it.admin.stacks.createStack({ name: "steady", components: parts, labels: { a: "1" } });
    const id = stack?.id ?? "";
    expect(await reasonOf(it.admin.stacks.updateStack({ stack: id, updateMask: { paths: ["components"] } }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.admin.stacks.updateStack({ stack: id, components: parts.slice(1) }))).toBe("FIELD_INVALID");
    expect((await it.admin.stacks.updateStack({ stack: id, components: parts, labels: { a: "1" }, etag: "r99" })).stack).toEqual(stack);
    expect(await reasonOf(it.admin.stacks.updateStack({ stack: id, components: parts.toReversed(), etag: "r99" }))).toBe("ETAG_MISMATCH");
    expect((await it.admin.stacks.updateStack({ stack: id, components: parts.toReversed() })).stack?.components).toEqual(
      parts.toReversed(),
    );
  });

  test("labels are asked for by key, and by key and value", async () => {
    const label = `l${newUuid().slice(-8)}`;
    const of = async (filter: string) => (await it.admin.components.listComponents({ filter })).components.map(({ name }) => name).sort();
    await it.admin.components.createComponent({ name: `${label} a`, type: ALERTER, flavor: "x", labels: { [label]: "1" } });
    await it.admin.components.createComponent({ name: `${label} b`, type: ALERTER, flavor: "x", labels: { [label]: "2" } });
    expect(await of(`labels:${label}`)).toEqual([`${label} a`, `${label} b`]);
    expect(await of(`labels:"${label}=2"`)).toEqual([`${label} b`]);
    expect(await of(`labels:${label} AND type = orchestrator`)).toEqual([]);
  });
});
