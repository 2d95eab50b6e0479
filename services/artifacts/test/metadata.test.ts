import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

const text = (value: string, declaredType = "") => ({ kind: { case: "text" as const, value }, declaredType });
const number = (value: number) => ({ kind: { case: "number" as const, value } });

describe.each(dialects)("metadata of versions on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
  });
  beforeEach(() => {
    project = it.around.project();
  });
  afterAll(() => it.close());

  async function created(metadata: Record<string, ReturnType<typeof text>>): Promise<string> {
    const { artifactVersions } = await it.admin.versions.batchCreateArtifactVersions({
      ...{ project, versions: [{ artifact: "a", uri: "s3://b/k", metadata }] },
    });
    return artifactVersions[0]?.id ?? "";
  }
  const latest = async (artifactVersion: string) =>
    (await it.viewer.versions.getArtifactVersion({ artifactVersion })).artifactVersion?.metadata ?? {};
  async function history(artifactVersion: string, pageSize = 2) {
    const all: { key: string; value?: { kind: { value?: unknown } } | undefined; run: string; owner?: { name: string } | undefined }[] = [];
    for (let pageToken = ""; ; ) {
      const { entries, nextPageToken } = await it.viewer.versions.listMetadata({ artifactVersion, pageSize, pageToken });
      all.push(...entries);
      if (nextPageToken === "") return all;
      pageToken = nextPageToken;
    }
  }
  const told = (entries: Awaited<ReturnType<typeof history>>) => entries.map(({ key, value }) => [key, value?.kind.value]);

  test("the latest value of a key is shown, and all are kept, from what it was created with", async () => {
    const version = await created({ source: text("lake", "Path"), license: text("CC0") });
    expect(told(await history(version, 1))).toEqual([
      ["license", "CC0"],
      ["source", "lake"],
    ]);
    const run = newUuid();
    await it.admin.versions.logMetadata({
      artifactVersions: [version],
      run,
      step: "fit",
      values: { source: text("sea"), rows: number(3) },
    });
    await it.admin.versions.logMetadata({ artifactVersions: [version], component: newUuid(), values: { rows: number(4) } });
    expect(await latest(version)).toMatchObject({ source: text("sea"), license: text("CC0"), rows: number(4) });
    // By the latest value alone.
    const found = async (filter: string) =>
      (await it.viewer.versions.listArtifactVersions({ project, filter })).artifactVersions.map(({ id }) => id);
    expect(await found("metadata.rows > 3.5 AND metadata.source = se*")).toEqual([version]);
    expect(await found("metadata.rows < 3.5 OR metadata.source = lake")).toEqual([]);
    const all = await history(version);
    expect(told(all).slice(0, 1)).toEqual([["rows", 4]]);
    expect(told(all).slice(1, 3).sort()).toEqual([
      ["rows", 3],
      ["source", "sea"],
    ]);
    expect(told(all).slice(3).sort()).toEqual([
      ["license", "CC0"],
      ["source", "lake"],
    ]);
    expect(all[1]).toMatchObject({ run, step: "fit", owner: { name: "admin" } });
    expect(all.find(({ value }) => value?.kind.value === "lake")).toMatchObject({ value: { declaredType: "Path" } });
  });

  test("many versions are told at once, all or none", async () => {
    const versions = await Promise.all([created({}), created({}), it.version(project, "b")]);
    await it.admin.versions.logMetadata({ artifactVersions: versions, values: { rows: number(1) } });
    for (const version of versions) expect(await latest(version)).toMatchObject({ rows: number(1) });
    const some = { artifactVersions: [...versions, newUuid()], values: { rows: number(2) } };
    expect(await failureOf(it.admin.versions.logMetadata(some))).toMatchObject({ reason: "NOT_FOUND" });
    for (const version of versions) expect(await latest(version)).toMatchObject({ rows: number(1) });
    expect(await reasonOf(it.viewer.versions.logMetadata({ ...some, artifactVersions: versions }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.versions.logMetadata({ ...some, artifactVersions: versions }))).toBe("NOT_FOUND");
    const json = { kind: { case: "json" as const, value: { text: "{" } } };
    expect(await reasonOf(it.admin.versions.logMetadata({ artifactVersions: versions, values: { json } }))).toBe("FIELD_INVALID");
  });

  test("a repeat with its id changes nothing, something else with it is refused", async () => {
    const version = await created({});
    const asked = { id: newUuid(), artifactVersions: [version], values: { rows: number(1), cols: number(2) } };
    await Promise.all(Array.from({ length: 10 }, () => it.admin.versions.logMetadata(asked)));
    expect(await history(version)).toHaveLength(2);
    const other = { ...asked, values: { rows: number(9) } };
    expect(await failureOf(it.admin.versions.logMetadata(other))).toMatchObject({ reason: "ID_REUSED", metadata: { id: asked.id } });
    expect(await latest(version)).toMatchObject({ rows: number(1) });
  });

  test("of many at once none is lost, and the last of the history is what is shown", async () => {
    const version = await created({ n: text("0") });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => it.admin.versions.logMetadata({ artifactVersions: [version], values: { n: number(i + 1) } })),
    );
    const all = await history(version, 7);
    expect(all).toHaveLength(21);
    expect((await latest(version)).n?.kind.value).toBe(all[0]?.value?.kind.value);
    expect(told(all).at(-1)).toEqual(["n", "0"]);
  });

  test("a version has so many keys and no more, and takes its history along when it goes", async () => {
    const version = await created({});
    const keys = (from: number) => Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${from + i}`, number(i)]));
    for (let from = 0; from < 1000; from += 250) await it.admin.versions.logMetadata({ artifactVersions: [version], values: keys(from) });
    expect(await reasonOf(it.admin.versions.logMetadata({ artifactVersions: [version], values: { more: number(1) } }))).toBe(
      "FIELD_INVALID",
    );
    await it.admin.versions.deleteArtifactVersion({ artifactVersion: version });
    const rows = await it.tables.db.selectFrom("artifacts_metadata_entry").select("key").where("key", "=", "k999").execute();
    expect(rows).toEqual([]);
  });

  test("a step tells of versions of its project", async () => {
    const run = newUuid();
    const version = await created({});
    const step = it.step(run, project);
    const asked = { run, step: "fit", artifactVersions: [version], values: { rows: number(1) } };
    await step.versions.logMetadata(asked);
    expect((await history(version))[0]).toMatchObject({ run, step: "fit", owner: { name: "dev" } });
    const elsewhere = await it.version(it.around.project(), "a");
    expect(await reasonOf(step.versions.logMetadata({ ...asked, artifactVersions: [elsewhere] }))).toBe("NOT_FOUND");
    expect(await reasonOf(step.versions.logMetadata({ ...asked, run: newUuid() }))).toBe("RUN_TOKEN_REFUSED");
  });
});
