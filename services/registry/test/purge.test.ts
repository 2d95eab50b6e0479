import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeRound } from "../src/project/purge.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const dayMicros = 24 * 3600 * 1e6;

describe.each(dialects)("the purge on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  async function filled(): Promise<string> {
    const project = await it.project();
    const pipeline = await it.pipeline(project);
    const model = await it.model(project);
    for (let i = 0; i < 3; i++) {
      const { snapshot } = await it.admin.snapshots.createSnapshot({ project, pipeline, steps: [{ name: `step ${i}` }] });
      await it.admin.templates.createRunTemplate({ project, name: `template ${i}`, snapshot: snapshot?.id ?? "" });
      await it.admin.builds.createBuild({ project, images: { orchestrator: { image: "a", dockerfile: "FROM b" } } });
      await it.admin.codeRepositories.createCodeRepository({ project, name: `code ${i}` });
      const artifacts = [{ name: "w", artifactVersion: newUuid() }];
      const metadata = { a: { kind: { case: "flag" as const, value: true } } };
      const { modelVersion } = await it.admin.versions.createModelVersion({ project, model, artifacts, metadata });
      await it.admin.versions.setModelStage({ modelVersion: modelVersion?.id ?? "", stage: 2, force: true });
    }
    return project;
  }

  const counts = async () => {
    const tables = [
      "registry_pipeline",
      "registry_run_template",
      "registry_code_repository",
      "registry_snapshot",
      "registry_snapshot_step",
      "registry_build",
      "registry_build_image",
      "registry_model",
      "registry_model_version",
      "registry_model_stage",
      "registry_model_artifact",
      "registry_model_metadata",
    ] as const;
    return Promise.all(tables.map(async (table) => (await it.tables.db.selectFrom(table).select("workspaceId").execute()).length));
  };
  const row = (id: string) => it.tables.db.selectFrom("registry_project").selectAll().where("id", "=", toId(id)).executeTakeFirst();

  test("takes all that lies in a project that goes, and nothing else", async () => {
    await filled();
    const before = await counts();
    const going = await filled();
    await it.admin.projects.deleteProject({ project: going });
    await purgeRound({ database: it.tables, clock: systemClock }, new AbortController().signal);
    expect(await counts()).toEqual(before);
    const words = it.tables.db.selectFrom("registry_word").select("word").where("projectId", "=", toId(going));
    expect(await words.execute()).toEqual([]);
    expect(await row(going)).toMatchObject({ purgedTime: 0 });
  });

  test("goes on where it was stopped, and in the end takes the row", async () => {
    const going = await filled();
    await it.admin.projects.deleteProject({ project: going });
    const later = (days: number) => ({ database: it.tables, clock: () => systemClock() + days * dayMicros });
    await purgeRound(later(1), AbortSignal.abort());
    expect((await row(going))?.purgedTime).toBe(0);
    await purgeRound(later(1), new AbortController().signal);
    expect((await row(going))?.purgedTime).toBeGreaterThan(0);
    await purgeRound(later(20), new AbortController().signal);
    expect(await row(going)).toBeDefined();
    await purgeRound(later(40), new AbortController().signal);
    expect(await row(going)).toBeUndefined();
  });
});
