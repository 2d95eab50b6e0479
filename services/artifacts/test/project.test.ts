import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeRound } from "../src/project/purge.ts";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

describe.each(dialects)("projects that go on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    it.part.startDuties();
  });
  afterAll(() => it.close());

  const going = (id: string) => it.tables.db.selectFrom("artifacts_going").selectAll().where("projectId", "=", toId(id)).executeTakeFirst();
  async function untilGoing(id: string): Promise<void> {
    for (let tries = 0; !(await going(id)) && tries < 200; tries++) await sleep(20);
    expect(await going(id)).toBeDefined();
  }
  const left = async (id: string) =>
    (await it.tables.db.selectFrom("artifacts_version").select("id").where("projectId", "=", toId(id)).execute()).length;

  test("are not found any more, and what lies in them is purged", async () => {
    const [project, staying] = [it.around.project(), it.around.project()];
    const metadata = { rows: { kind: { case: "integer" as const, value: 1n } } };
    const versions = [{ artifact: "a", uri: "s3://b/k", metadata }];
    const { artifactVersions } = await it.admin.versions.batchCreateArtifactVersions({ project, versions });
    const kept = await it.version(staying, "kept");
    const [version] = artifactVersions;
    it.around.edges({ run: newUuid(), name: "s", inputs: [{ name: "a", artifactVersion: version?.id ?? "" }] });
    it.around.deleteProject(project);
    await untilGoing(project);
    const calls = [
      it.admin.artifacts.getArtifact({ artifact: version?.artifact ?? "" }),
      it.admin.versions.getArtifactVersion({ artifactVersion: version?.id ?? "" }),
      it.admin.versions.batchCreateArtifactVersions({ project, versions: [{ artifact: "late", uri: "s3://b/k" }] }),
    ];
    expect(await Promise.all(calls.map(reasonOf))).toEqual(calls.map(() => "NOT_FOUND"));
    const { artifactVersions: seen } = await it.admin.versions.listArtifactVersions({});
    expect(seen.map(({ id }) => id)).toEqual([kept]);
    await purgeRound({ database: it.tables, clock: systemClock }, new AbortController().signal);
    expect([await left(project), await left(staying)]).toEqual([0, 1]);
    expect(await it.tables.db.selectFrom("artifacts_metadata").selectAll().execute()).toEqual([]);
  });

  test("are forgotten when their end cannot be told of again", async () => {
    const project = it.around.project();
    it.around.deleteProject(project);
    await untilGoing(project);
    const later = () => systemClock() + 40 * 24 * 3600 * 1e6;
    await purgeRound({ database: it.tables, clock: later }, new AbortController().signal);
    expect(await going(project)).toBeUndefined();
  });

  test("are found by asking where the log does not reach back", async () => {
    const [project, staying] = [it.around.project(), it.around.project()];
    await it.version(project, "a");
    await it.version(staying, "a");
    it.around.forget();
    it.around.removeProject(project);
    it.around.tell("registry", { kind: "project.changed", subject: newUuid() });
    await untilGoing(project);
    expect(await going(staying)).toBeUndefined();
  });
});
