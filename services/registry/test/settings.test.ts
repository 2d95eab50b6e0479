import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("settings on %s", (dialect) => {
  let it: RegistryUnderTest;
  /** Micros since 1970; moved by hand. */
  let now = 1_800_000_000_000_000;
  beforeAll(async () => {
    it = await registryOn(dialect, { clock: () => now });
  });
  afterAll(() => it.close());

  test("a workspace has some before anybody changes them, and everybody in it sees them", async () => {
    const { settings } = await it.viewer.settings.getSettings({});
    expect(settings).toMatchObject({
      ...{ workspace: it.world.workspace, displayName: "", logoUrl: "", announcements: true, updates: true, etag: "r1" },
    });
    expect(settings?.updateTime).toBeUndefined();
    expect(await reasonOf(it.viewer.settings.updateSettings({ displayName: "Vision lab" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.developer.settings.updateSettings({ displayName: "Vision lab" }))).toBe("PERMISSION_MISSING");
  });

  test("they change field by field, and a flag that is named without a value goes back", async () => {
    const asked = { displayName: "Vision lab", logoUrl: "https://lab.example/logo.svg", announcements: false };
    const { settings } = await it.admin.settings.updateSettings({ ...asked, etag: "r1" });
    expect(settings).toMatchObject({ ...asked, updates: true, etag: "r2" });
    expect(settings?.updateTime).toBeDefined();
    expect((await it.viewer.settings.getSettings({})).settings).toEqual(settings);
    expect((await it.admin.settings.updateSettings({ ...asked, etag: "r1" })).settings).toEqual(settings);
    expect(await reasonOf(it.admin.settings.updateSettings({ updates: false, etag: "r1" }))).toBe("ETAG_MISMATCH");
    const back = await it.admin.settings.updateSettings({ updateMask: { paths: ["announcements", "logo_url"] } });
    expect(back.settings).toMatchObject({ displayName: "Vision lab", logoUrl: "", announcements: true, etag: "r3" });
    expect(await failureOf(it.admin.settings.updateSettings({ logoUrl: "javascript:alert(1)" }))).toMatchObject({
      reason: "FIELD_INVALID",
      violations: [{ field: "logo_url" }],
    });
  });

  test("twenty who change them at once each change a field, and no change is lost", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `lab ${i}`);
    await Promise.all(names.map((displayName, i) => it.admin.settings.updateSettings(i % 2 ? { displayName } : { updates: i % 4 === 0 })));
    const { settings } = await it.viewer.settings.getSettings({});
    expect(names).toContain(settings?.displayName);
    expect(settings?.announcements).toBe(true);
  });

  test("when a person last called is told to the minute, and changes nothing else", async () => {
    const { settings: before } = await it.viewer.settings.getSettings({});
    const seconds = () => it.viewer.settings.getSettings({}).then(({ settings }) => Number(settings?.lastActivityTime?.seconds));
    const first = await seconds();
    now += 30e6;
    expect(await seconds()).toBe(first);
    now += 31e6;
    await it.viewer.projects.listProjects({});
    expect(await seconds()).toBe(first + 61);
    const { settings: after } = await it.viewer.settings.getSettings({});
    expect({ ...after, lastActivityTime: undefined }).toEqual({ ...before, lastActivityTime: undefined });
  });

  test("each has preferences of their own, and the project in them is one that they can see", async () => {
    const project = await it.project("penguins");
    expect((await it.viewer.settings.getPreferences({})).preferences).toMatchObject({
      ...{ principal: it.world.viewer, defaultProject: "", etag: "r1" },
    });
    const details = { text: '{ "theme": "dark", "theme": 1 }' };
    const { preferences } = await it.viewer.settings.updatePreferences({ defaultProject: "penguins", details });
    expect(preferences).toMatchObject({ principal: it.world.viewer, defaultProject: project, details, etag: "r2" });
    expect((await it.viewer.settings.getPreferences({})).preferences).toEqual(preferences);
    expect((await it.admin.settings.getPreferences({})).preferences?.defaultProject).toBe("");
    expect(await reasonOf(it.viewer.settings.updatePreferences({ defaultProject: "none" }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.stranger.settings.updatePreferences({ defaultProject: project }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.viewer.settings.updatePreferences({ details: { text: "{" } }))).toBe("FIELD_INVALID");
    await it.admin.projects.deleteProject({ project });
    expect((await it.viewer.settings.getPreferences({})).preferences).toMatchObject({ defaultProject: "", details });
    const emptied = await it.viewer.settings.updatePreferences({ updateMask: { paths: ["default_project", "details"] } });
    expect(emptied.preferences).toMatchObject({ defaultProject: "", etag: "r3" });
    expect(emptied.preferences?.details).toBeUndefined();
  });
});
