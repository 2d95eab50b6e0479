import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

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
  let it: ArtifactsUnderTest;
  let [project, artifact] = ["", ""];
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    project = it.around.project();
    for (const i of seven) {
      await it.version(project, `a${i}`);
      await it.version(project, "many");
    }
    artifact = (await it.admin.artifacts.getArtifact({ artifact: "many", project })).artifact?.id ?? "";
  });
  afterAll(() => it.close());

  type Ask = (asked: Asked) => Promise<Listed>;
  const kinds: Record<string, Ask> = {
    artifacts: async (asked) => it.admin.artifacts.listArtifacts(asked).then(({ artifacts: items, ...page }) => ({ items, ...page })),
    "artifacts of a project": async (asked) =>
      it.admin.artifacts.listArtifacts({ project, ...asked }).then(({ artifacts: items, ...page }) => ({ items, ...page })),
    versions: async (asked) =>
      it.admin.versions.listArtifactVersions(asked).then(({ artifactVersions: items, ...page }) => ({ items, ...page })),
    "versions of a project": async (asked) =>
      it.admin.versions.listArtifactVersions({ project, ...asked }).then(({ artifactVersions: items, ...page }) => ({ items, ...page })),
    "versions of an artifact": async (asked) =>
      it.admin.versions.listArtifactVersions({ artifact, ...asked }).then(({ artifactVersions: items, ...page }) => ({ items, ...page })),
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
    expect(await reasonOf(ask({ pageToken, filter: "create_time > 2020-01-01" }))).toBe("PAGE_TOKEN_INVALID");
    expect(await reasonOf(ask({ pageToken: `${pageToken}A` }))).toBe("PAGE_TOKEN_INVALID");
    const other = kinds[kind === "artifacts" ? "versions" : "artifacts"] as Ask;
    expect(await reasonOf(other({ pageToken }))).toBe("PAGE_TOKEN_INVALID");
    expect(await reasonOf(ask({ orderBy: "description" }))).toBe("ORDER_INVALID");
    expect(await reasonOf(ask({ filter: "nothing = 1" }))).toBe("FILTER_INVALID");
  });

  test("numbers and names are orders", async () => {
    const { artifactVersions } = await it.admin.versions.listArtifactVersions({ artifact, orderBy: "number desc", pageSize: 3 });
    expect(artifactVersions.map(({ number }) => number)).toEqual([7, 6, 5]);
    const { artifacts } = await it.admin.artifacts.listArtifacts({ project, orderBy: "name desc", pageSize: 2 });
    expect(artifacts.map(({ name }) => name)).toEqual(["many", "a6"]);
  });

  test("a contributor sees what is theirs, a developer of a project what lies in it, a stranger nothing", async () => {
    const { workspace } = it.world;
    const [contributor, developer] = [newUuid(), newUuid()];
    teachPerson(it.part.needs.policy, it.world, contributor, "project-contributor", project);
    teachPerson(it.part.needs.policy, it.world, developer, "project-developer", project);
    const own = it.clients({ principal: contributor, workspace });
    const elsewhere = await it.version(it.around.project(), "elsewhere");
    const { artifactVersions: mine } = await own.versions.batchCreateArtifactVersions({
      project,
      versions: [{ artifact: "many", uri: "s3://b/k" }],
    });
    expect((await own.versions.listArtifactVersions({})).artifactVersions).toEqual(mine);
    expect(await reasonOf(own.artifacts.getArtifact({ artifact }))).toBe("NOT_FOUND");
    const seen = await it.clients({ principal: developer, workspace }).versions.listArtifactVersions({ pageSize: 1000 });
    const ids = seen.artifactVersions.map(({ id }) => id);
    expect(ids).toContain(mine[0]?.id);
    expect(ids).not.toContain(elsewhere);
    expect((await it.stranger.versions.listArtifactVersions({})).artifactVersions).toEqual([]);
    expect(await reasonOf(it.stranger.versions.listArtifactVersions({ project }))).toBe("NOT_FOUND");
  });
});
