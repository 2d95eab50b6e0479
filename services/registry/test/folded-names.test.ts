import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { foldNames } from "../src/folded-names.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { ORCHESTRATOR, ARTIFACT_STORE } = ComponentType;

describe.each(dialects)("names of stacks and components on %s", (dialect) => {
  let it: RegistryUnderTest;
  let components: string[] = [];
  beforeAll(async () => {
    it = await registryOn(dialect);
    components = await it.parts();
  });
  afterAll(() => it.close());

  const stack = async (name: string) => (await it.admin.stacks.createStack({ name, components })).stack?.id ?? "";
  const component = (name: string, type: ComponentType = ORCHESTRATOR) =>
    it.admin.components.createComponent({ name, type, flavor: "local" });
  const rename = (id: string, name: string) => it.admin.stacks.updateStack({ stack: id, name });

  test.each([
    ["Prod", "PROD"],
    ["Straße", "STRASSE"],
    ["Σίσυφος", "ΣΊΣΥΦΟΣ"],
    ["Café", "CAFE\u0301"],
    ["İstanbul", "i\u0307stanbul"],
  ])("%s and %s are one", async (one, other) => {
    await stack(one);
    expect(await failureOf(stack(other))).toMatchObject({ reason: "NAME_TAKEN", metadata: { type: "stack", name: other } });
    await component(one);
    expect(await reasonOf(component(other))).toBe("NAME_TAKEN");
    await component(other, ARTIFACT_STORE);
  });

  test("a name is kept as it was written, may change its case, and is free again with its holder", async () => {
    const id = await stack("Staging");
    expect(await reasonOf(it.admin.stacks.getStack({ stack: "staging" }))).toBe("NOT_FOUND");
    expect((await rename(id, "STAGING")).stack?.name).toBe("STAGING");
    expect(await reasonOf(stack("staging"))).toBe("NAME_TAKEN");
    await rename(id, "Pre-production");
    const next = await stack("staging");
    expect(await reasonOf(rename(id, "Staging"))).toBe("NAME_TAKEN");
    expect((await it.admin.stacks.updateStack({ stack: id, description: "not renamed" })).stack?.name).toBe("Pre-production");
    await it.admin.stacks.deleteStack({ stack: next });
    expect((await rename(id, "Staging")).stack?.name).toBe("Staging");
    const made = (await component("Once")).component?.id ?? "";
    await it.admin.components.deleteComponent({ component: made });
    await component("ONCE");
  });

  test("a repeat of a create is answered, in whatever order", async () => {
    const request = { id: newUuid(), name: "Repeated", components };
    const answers = await Promise.all(Array.from({ length: 10 }, () => it.admin.stacks.createStack(request)));
    expect(new Set(answers.map((each) => each.stack?.id))).toEqual(new Set([request.id]));
  });

  test("of twenty who want a name at once one gets it, and so of twenty who change to it", async () => {
    const spellings = Array.from({ length: 20 }, (_, i) => `${i % 2 ? "RACE" : "race"}${"!".repeat(i % 3)}`);
    const made = await Promise.all(spellings.map((name) => reasonOf(stack(name))));
    expect(made.filter((reason) => reason === "OK")).toHaveLength(3);
    expect(new Set(made)).toEqual(new Set(["OK", "NAME_TAKEN"]));
    const ids = await Promise.all(spellings.map((_, i) => stack(`racer ${i}`)));
    const renamed = await Promise.all(ids.map((id, i) => reasonOf(rename(id, i % 2 ? "Goal" : "GOAL"))));
    expect(renamed.filter((reason) => reason === "OK")).toHaveLength(1);
  });

  test("what was called alike before stays, and changes in everything else", async () => {
    const { db, dialect } = it.tables;
    const [older, newer] = [await stack("Legacy"), await stack("elsewhere")];
    await db.updateTable("registry_stack").set({ name: "LEGACY" }).where("id", "=", toId(newer)).execute();
    await db.deleteFrom("registry_folded_name").execute();
    await foldNames(db, dialect);
    await foldNames(db, dialect);
    const changed = await it.admin.stacks.updateStack({ stack: newer, description: "still here" });
    expect(changed.stack).toMatchObject({ name: "LEGACY", description: "still here" });
    expect(await reasonOf(stack("legacy"))).toBe("NAME_TAKEN");
    await rename(newer, "Modern");
    await rename(older, "legacy");
    expect(await reasonOf(stack("MODERN"))).toBe("NAME_TAKEN");
  });

  test("a name that a release before this gave up or took is not lost for ever", async () => {
    const { db } = it.tables;
    const [gone, renamed] = [await stack("Forgotten"), await stack("Moved on")];
    await db.deleteFrom("registry_stack").where("id", "=", toId(gone)).execute();
    await db.updateTable("registry_stack").set({ name: "moved away" }).where("id", "=", toId(renamed)).execute();
    await stack("FORGOTTEN");
    await stack("MOVED ON");
  });
});
