import { toId } from "@signalbox/runtime/ids.ts";
import { graceMicros } from "@signalbox/runtime/resource/purge.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { purgePipeline, purgePipelines } from "../src/pipeline/delete.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("deleting pipelines on %s", (dialect) => {
  let it: RegistryUnderTest;
  let [project, pipeline] = ["", ""];
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  beforeEach(async () => {
    project = await it.project();
    pipeline = await it.pipeline(project, "train");
  });
  afterAll(() => it.close());

  const keep = async (content: unknown, asked: { name?: string; tags?: string[] } = {}) => {
    const configuration = { text: JSON.stringify(content) };
    return (await it.admin.snapshots.createSnapshot({ project, pipeline, dynamic: true, configuration, ...asked })).snapshot?.id ?? "";
  };
  const told = async (kind: string) => {
    const events = await it.tables.db.selectFrom("registry_outbox").select("subject").where("kind", "=", kind).execute();
    return new Set(events.map(({ subject }) => subject.toString("hex")));
  };
  const hex = (id: string) => id.replaceAll("-", "");
  const rows = (table: "registry_snapshot" | "registry_run_template") =>
    it.tables.db.selectFrom(table).select("id").where("pipelineId", "=", toId(pipeline)).execute();

  test("one that has runs stays, unless these are to go with it", async () => {
    const snapshot = await keep("first");
    const run = newUuid();
    await it.heard({ id: run, project, pipeline, snapshot, name: "brisk-otter" });
    expect(await failureOf(it.admin.pipelines.deletePipeline({ pipeline }))).toMatchObject({
      reason: "IN_USE",
      message: expect.stringContaining('"brisk-otter"'),
      metadata: { type: "pipeline", reference: pipeline, run },
    });
    expect((await it.viewer.snapshots.getSnapshot({ snapshot })).snapshot?.pipeline).toBe(pipeline);
    const { pipeline: seen } = await it.viewer.pipelines.getPipeline({ pipeline });
    expect(await reasonOf(it.admin.pipelines.deletePipeline({ pipeline, withRuns: true, etag: "r9" }))).toBe("ETAG_MISMATCH");
    await it.admin.pipelines.deletePipeline({ pipeline, withRuns: true, etag: seen?.etag ?? "" });
    expect(await reasonOf(it.viewer.pipelines.getPipeline({ pipeline }))).toBe("NOT_FOUND");
    expect(await reasonOf(it.admin.pipelines.deletePipeline({ pipeline, withRuns: true }))).toBe("NOT_FOUND");
    for (const kind of ["pipeline.purging", "pipeline.deleted"]) expect(await told(kind)).toContain(hex(pipeline));
    expect(await told("snapshot.deleted")).toContain(hex(snapshot));
  });

  test("one without runs tells of none that go", async () => {
    const other = await it.pipeline(project);
    await it.admin.pipelines.deletePipeline({ pipeline: other });
    expect(await told("pipeline.purging")).not.toContain(hex(other));
    await it.admin.pipelines.deletePipeline({ pipeline, withRuns: true });
  });

  test("runs go by the hand of those who may delete all of them", async () => {
    const person = newUuid();
    teachPerson(it.part.needs.policy, it.world, person, "project-contributor", project);
    const as = it.clients({ principal: person, workspace: it.world.workspace });
    const { pipeline: mine } = await as.pipelines.createPipeline({ project, name: "mine" });
    const refused = as.pipelines.deletePipeline({ pipeline: mine?.id ?? "", withRuns: true });
    expect(await failureOf(refused)).toMatchObject({ reason: "PERMISSION_MISSING", metadata: { permission: "run.delete" } });
    await as.pipelines.deletePipeline({ pipeline: mine?.id ?? "" });
    expect(await reasonOf(it.viewer.pipelines.deletePipeline({ pipeline, withRuns: true }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.pipelines.deletePipeline({ pipeline, withRuns: true }))).toBe("NOT_FOUND");
  });

  test("what hangs on it goes in portions, and after a restart", async () => {
    const first = await keep("first", { name: "blue whale", tags: ["champion"] });
    await it.admin.templates.createRunTemplate({ project, name: "nightly owl", snapshot: first, tags: ["champion"] });
    const whole = await it.tables.db.selectFrom("registry_snapshot").selectAll().where("id", "=", toId(first)).executeTakeFirstOrThrow();
    const many = Array.from({ length: 450 }, () => {
      const id = toId(newUuid());
      return { ...whole, id, name: "", identityHash: Buffer.concat([id, id]) };
    });
    for (let at = 0; at < many.length; at += 90)
      await it.tables.db
        .insertInto("registry_snapshot")
        .values(many.slice(at, at + 90))
        .execute();
    // As if the program had ended right after the deletion.
    const now = Date.now() * 1000;
    await it.tables.db.deleteFrom("registry_pipeline").where("id", "=", toId(pipeline)).execute();
    const place = { workspaceId: toId(it.world.workspace), id: toId(pipeline) };
    await it.tables.db
      .insertInto("registry_pipeline_purge")
      .values({ ...place, createTime: now })
      .execute();
    expect(await reasonOf(it.viewer.snapshots.getSnapshot({ snapshot: first }))).toBe("NOT_FOUND");
    expect((await it.viewer.snapshots.listSnapshots({ project })).snapshots).toEqual([]);
    const outbox = { append: async () => {} };
    const at = (clock: number) =>
      ({ database: it.tables, log: outbox, clock: () => clock }) as unknown as Parameters<typeof purgePipelines>[0];
    const context = at(now);
    await purgePipelines(context, AbortSignal.abort());
    expect(await rows("registry_snapshot")).toHaveLength(451);
    await Promise.all([purgePipelines(context, new AbortController().signal), purgePipeline(context, place, new AbortController().signal)]);
    expect(await rows("registry_snapshot")).toEqual([]);
    // What hangs on it elsewhere may still be going: so long nobody gets its id.
    const again = () => reasonOf(it.admin.pipelines.createPipeline({ project, name: "again", id: pipeline }));
    expect(await again()).toBe("ID_REUSED");
    await purgePipelines(at(now + graceMicros), new AbortController().signal);
    expect(await again()).toBe("ID_REUSED");
    await purgePipelines(at(now + graceMicros + 1), new AbortController().signal);
    expect((await it.admin.pipelines.createPipeline({ project, name: "again", id: pipeline })).pipeline?.id).toBe(pipeline);
    const words = it.tables.db.selectFrom("registry_word").select("word").where("resourceId", "=", toId(first));
    expect(await words.execute()).toEqual([]);
  });

  test("its run templates go with it, with their words and tags, also where snapshots and templates are being made", async () => {
    const snapshot = await keep("first", { name: "blue whale" });
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "nightly owl", snapshot, tags: ["champion"] });
    const making = Array.from({ length: 10 }, (_, i) => [
      reasonOf(keep(`racing ${i}`)).catch(() => "OK"),
      reasonOf(it.admin.templates.createRunTemplate({ project, name: `racing ${i}`, snapshot })).catch(() => "OK"),
    ]).flat();
    await it.admin.pipelines.deletePipeline({ pipeline });
    for (const reason of await Promise.all(making)) expect(["OK", "NOT_FOUND"]).toContain(reason);
    expect([await rows("registry_snapshot"), await rows("registry_run_template")]).toEqual([[], []]);
    const id = toId(runTemplate?.id ?? "");
    expect(await it.tables.db.selectFrom("registry_word").select("word").where("resourceId", "=", id).execute()).toEqual([]);
    expect(await it.tables.db.selectFrom("registry_tagging").select("tagId").where("resourceId", "=", id).execute()).toEqual([]);
  });
});
