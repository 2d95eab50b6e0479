import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

interface Asked {
  filter?: string;
  orderBy?: string;
  pageSize?: number;
  pageToken?: string;
  includeTotal?: boolean;
}

interface Listed {
  items: { id: string }[];
  nextPageToken: string;
  totalSize?: bigint | undefined;
}

const seven = Array.from({ length: 7 }, (_, i) => i);

describe.each(dialects)("lists on %s", (dialect) => {
  let it: RegistryUnderTest;
  let [project, pipeline, model] = ["", "", ""];
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project();
    [pipeline, model] = [await it.pipeline(project), await it.model(project)];
    const components = await it.parts();
    for (const i of seven) {
      await it.project(`p${i}`);
      await it.pipeline(project, `p${i}`);
      await it.model(project, `m${i}`);
      await it.component(ComponentType.ALERTER, `c${i}`);
      await it.admin.stacks.createStack({ name: `s${i}`, components });
      await it.admin.snapshots.createSnapshot({ project, pipeline, steps: [{ name: `${i}` }] });
      await it.admin.versions.createModelVersion({ project, model });
    }
  });
  afterAll(() => it.close());

  type Ask = (asked: Asked) => Promise<Listed>;
  const kinds: Record<string, Ask> = {
    projects: async (asked) => it.admin.projects.listProjects(asked).then(({ projects: items, ...page }) => ({ items, ...page })),
    components: async (asked) => it.admin.components.listComponents(asked).then(({ components: items, ...page }) => ({ items, ...page })),
    stacks: async (asked) => it.admin.stacks.listStacks(asked).then(({ stacks: items, ...page }) => ({ items, ...page })),
    pipelines: async (asked) => it.admin.pipelines.listPipelines(asked).then(({ pipelines: items, ...page }) => ({ items, ...page })),
    "pipelines of a project": async (asked) =>
      it.admin.pipelines.listPipelines({ project, ...asked }).then(({ pipelines: items, ...page }) => ({ items, ...page })),
    snapshots: async (asked) => it.admin.snapshots.listSnapshots(asked).then(({ snapshots: items, ...page }) => ({ items, ...page })),
    "snapshots of a project": async (asked) =>
      it.admin.snapshots.listSnapshots({ project, ...asked }).then(({ snapshots: items, ...page }) => ({ items, ...page })),
    "snapshots of a pipeline": async (asked) =>
      it.admin.snapshots.listSnapshots({ pipeline, ...asked }).then(({ snapshots: items, ...page }) => ({ items, ...page })),
    models: async (asked) => it.admin.models.listModels(asked).then(({ models: items, ...page }) => ({ items, ...page })),
    "models of a project": async (asked) =>
      it.admin.models.listModels({ project, ...asked }).then(({ models: items, ...page }) => ({ items, ...page })),
    versions: async (asked) => it.admin.versions.listModelVersions(asked).then(({ modelVersions: items, ...page }) => ({ items, ...page })),
    "versions of a project": async (asked) =>
      it.admin.versions.listModelVersions({ project, ...asked }).then(({ modelVersions: items, ...page }) => ({ items, ...page })),
    "versions of a model": async (asked) =>
      it.admin.versions.listModelVersions({ model, ...asked }).then(({ modelVersions: items, ...page }) => ({ items, ...page })),
  };

  async function walk(ask: Ask, asked: Asked): Promise<string[]> {
    const ids: string[] = [];
    for (let pageToken = ""; ; ) {
      const { items, nextPageToken } = await ask({ ...asked, pageToken });
      ids.push(...items.map(({ id }) => id));
      if (nextPageToken === "") return ids;
      pageToken = nextPageToken;
    }
  }

  test.each(Object.keys(kinds))("%s are walked once, whatever the size of a page", async (kind) => {
    const ask = kinds[kind] as Ask;
    const all = await walk(ask, { pageSize: 1000 });
    expect(all.length).toBeGreaterThanOrEqual(7);
    expect(new Set(all).size).toBe(all.length);
    for (const pageSize of [1, 2, 3]) expect(await walk(ask, { pageSize })).toEqual(all);
    expect(await walk(ask, { pageSize: 2, orderBy: "create_time" })).toEqual(all.toReversed());
    expect((await ask({ includeTotal: true, pageSize: 1 })).totalSize).toBe(BigInt(all.length));
  });

  test.each(Object.keys(kinds))("%s refuse a token of another list, and an order or filter that there is not", async (kind) => {
    const ask = kinds[kind] as Ask;
    const { nextPageToken: pageToken } = await ask({ pageSize: 2 });
    expect(await reasonOf(ask({ pageToken, filter: 'id != "0190f3a4-7c1e-7000-8000-000000000001"' }))).toBe("PAGE_TOKEN_INVALID");
    expect(await reasonOf(ask({ pageToken: `${pageToken}A` }))).toBe("PAGE_TOKEN_INVALID");
    const other = kind === "stacks" ? kinds.components : kinds.stacks;
    expect(await reasonOf((other as Ask)({ pageToken }))).toBe("PAGE_TOKEN_INVALID");
    expect(await reasonOf(ask({ orderBy: "description" }))).toBe("ORDER_INVALID");
    expect(await reasonOf(ask({ filter: "nothing = 1" }))).toBe("FILTER_INVALID");
    expect(await reasonOf(ask({ pageSize: 1001 }))).toBe("FIELD_INVALID");
  });

  test("names sort byte by byte, in pages too", async () => {
    const inProject = await it.project();
    const names = ["B", "a", "b", "Ä", "🐧"];
    for (const name of names.toReversed()) await it.pipeline(inProject, name);
    const sorted: string[] = [];
    for (let pageToken = ""; ; ) {
      const page = await it.admin.pipelines.listPipelines({ project: inProject, orderBy: "name", pageSize: 2, pageToken });
      sorted.push(...page.pipelines.map(({ name }) => name));
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(sorted).toEqual(names);
  });

  test("filters know related names", async () => {
    const { project: named } = await it.admin.projects.getProject({ project });
    const of = async (filter: string) => (await it.admin.versions.listModelVersions({ filter })).modelVersions.length;
    expect(await of(`project = "${named?.name}"`)).toBe(7);
    expect(await of("owner = admin AND create_time > -1h")).toBe(7);
    expect(await of("owner = dev")).toBe(0);
    expect(await of("model = m*")).toBe(7);
    expect(await of('model = "m0"')).toBe(0);
    expect(
      (await it.admin.snapshots.listSnapshots({ filter: "pipeline = pipeline* AND dynamic = false AND execution_mode = FAIL_FAST" }))
        .snapshots,
    ).toHaveLength(7);
  });

  test("a contributor sees what is theirs, a developer of a project what lies in it, a stranger nothing", async () => {
    const { workspace } = it.world;
    const [contributor, developer] = [newUuid(), newUuid()];
    teachPerson(it.part.needs.policy, it.world, contributor, "project-contributor", project);
    teachPerson(it.part.needs.policy, it.world, developer, "project-developer", project);
    const own = it.clients({ principal: contributor, workspace });
    const { pipeline: mine } = await own.pipelines.createPipeline({ project, name: "mine" });
    const elsewhere = await it.pipeline(await it.project(), "elsewhere");
    expect((await own.pipelines.listPipelines({})).pipelines).toEqual([mine]);
    const seen = (await it.clients({ principal: developer, workspace }).pipelines.listPipelines({ pageSize: 1000 })).pipelines.map(
      ({ id }) => id,
    );
    expect(seen).toContain(mine?.id);
    expect(seen).not.toContain(elsewhere);
    expect((await it.stranger.pipelines.listPipelines({})).pipelines).toEqual([]);
    expect(await reasonOf(it.stranger.pipelines.listPipelines({ project }))).toBe("NOT_FOUND");
  });
});
