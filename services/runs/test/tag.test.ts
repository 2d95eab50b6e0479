import { fromBinary } from "@bufbuild/protobuf";
import { AuditEventSchema, Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { TagCountsSchema } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { CascadingTagsSchema, RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf, until } from "@signalbox/runtime/testing/failing.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { registryTags } from "@signalbox/runtime/testing/registry-tags.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("tags of runs on %s", (dialect) => {
  let here: Lab;
  let registry: ReturnType<typeof registryTags>;
  let client: ReturnType<typeof runClient>;
  beforeAll(async () => {
    registry = registryTags(() => here.world.workspace);
    here = await lab(dialect, 2, registry.fakes);
    client = runClient(here);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  const as = (principal: string) => (here.parts[0] as PartUnderTest).client(RunService, { principal, workspace: here.world.workspace });
  const make = async (tags: string[], snapshot = here.snapshot()) => {
    const { run } = await client.createRun({ id: newUuid(), project: here.project, snapshot, running: true, tags });
    return run?.id ?? "";
  };
  const tagsOf = async (run: string) => (await client.getRun({ run })).run?.tags;
  const listed = async (filter: string) => (await client.listRuns({ filter })).runs.map(({ id }) => id);

  test("a run has the tags it was created with, in order and each once, wherever it is shown", async () => {
    const request = { id: newUuid(), project: here.project, snapshot: here.snapshot(), tags: ["nightly", "a", "nightly", "Z"] };
    const { run } = await client.createRun(request);
    expect(run?.tags).toEqual(["Z", "a", "nightly"]);
    expect((await client.createRun(request)).run).toEqual(run);
    expect(await reasonOf(client.createRun({ ...request, tags: [] }))).toBe("ID_REUSED");
    expect((await client.getRun({ run: request.id })).run).toEqual(run);
    expect((await client.listRuns({ filter: `name = "${run?.name}"` })).runs).toEqual([run]);
    expect((await client.getRunGraph({ run: request.id })).run?.tags).toEqual(run?.tags);
  });

  test("a placeholder that is claimed gets the tags of who claims it, beside its own", async () => {
    const snapshot = here.snapshot();
    const { run } = await client.createRun({ project: here.project, snapshot, tags: ["placed"] });
    const claimed = await client.createRun({ project: here.project, snapshot, orchestratorRun: "k8s-1", tags: ["claimed"] });
    expect(claimed).toMatchObject({ created: false, run: { id: run?.id, tags: ["claimed", "placed"] } });
  });

  test("tags are given and taken by name or id, of many runs at once", async () => {
    const runs = await Promise.all([make(["old", "both"]), make(["old"]), make([])]);
    const tag = registry.make("by id");
    const asked = { runs, addTags: ["new", tag.id], removeTags: ["old", "never heard of"] };
    const { runs: tagged } = await client.tagRuns(asked);
    const expected = [
      ["both", "by id", "new"],
      ["by id", "new"],
      ["by id", "new"],
    ];
    expect(tagged.map(({ id, tags }) => ({ id, tags }))).toEqual(runs.map((id, i) => ({ id, tags: expected[i] })));
    expect((await client.tagRuns(asked)).runs).toEqual(tagged);
    expect(await Promise.all(runs.map(tagsOf))).toEqual(expected);
    await client.tagRuns({ runs, removeTags: [tag.id, "new"] });
    expect(await tagsOf(runs[2] as string)).toEqual([]);
  });

  test("a batch is refused as a whole, and says which run", async () => {
    const run = await make([]);
    const missing = newUuid();
    expect(await failureOf(client.tagRuns({ runs: [run, missing], addTags: ["x"] }))).toMatchObject({
      reason: "NOT_FOUND",
      metadata: { reference: missing },
    });
    expect(await reasonOf(client.tagRuns({ runs: [run] }))).toBe("FIELD_INVALID");
    expect(await failureOf(as(here.world.viewer).tagRuns({ runs: [run], addTags: ["x"] }))).toMatchObject({
      reason: "PERMISSION_MISSING",
      metadata: { permission: "run.update" },
    });
    expect(await reasonOf(as(here.world.stranger).tagRuns({ runs: [run], addTags: ["x"] }))).toBe("NOT_FOUND");
    expect(await tagsOf(run)).toEqual([]);
  });

  test("each run whose tags changed is on record once", async () => {
    const runs = [await make([]), await make(["there"])];
    const before = await records();
    await client.tagRuns({ runs, addTags: ["there"] });
    expect((await records()) - before).toBe(1);
    await client.tagRuns({ runs, addTags: ["there"] });
    expect((await records()) - before).toBe(1);
  });

  const records = async () => {
    const rows = await here.database.db.selectFrom("runsOutbox").select("payload").where("kind", "=", "audit").execute();
    return rows.filter(({ payload }) => fromBinary(AuditEventSchema, payload).outcome === Outcome.DONE).length;
  };

  test("runs are listed by their tags, and those without", async () => {
    const [both, one, none] = [await make(["list-a", "list-b"]), await make(["list-a"]), await make([])];
    expect(await listed("tags:list-a")).toEqual([one, both]);
    expect(await listed("tags:list-a AND tags:list-b")).toEqual([both]);
    expect(await listed("tags:list-a AND NOT tags:list-b")).toEqual([one]);
    expect(await listed("tags:list-a OR tags:list-b")).toEqual([one, both]);
    expect(await listed("tags:unheard-of")).toEqual([]);
    expect(await listed("NOT tags:*")).toContain(none);
    expect(await listed("NOT tags:*")).not.toContain(one);
    expect(await listed("tags:*")).toContain(one);
    const { id = "" } = { id: registry.make("list-a-by-id").id };
    await client.tagRuns({ runs: [none], addTags: [id] });
    expect(await listed(`tags:${id}`)).toEqual([none]);
  });

  test("a tag that is renamed or deleted is so everywhere", async () => {
    const tag = registry.make("first name");
    const run = await make(["first name"]);
    registry.change(tag, { name: "second name" });
    await until(async () => (await tagsOf(run))?.[0] === "second name");
    expect(await listed('tags:"second name"')).toEqual([run]);
    expect(await listed('tags:"first name"')).toEqual([]);
    registry.remove(tag);
    await until(async () => (await tagsOf(run))?.length === 0);
    expect(await listed('tags:"second name"')).toEqual([]);
    await until(async () => (await taggings(tag.id)) === 0);
    registry.make("second name");
    expect(await tagsOf(run)).toEqual([]);
  });

  const taggings = async (tag: string) =>
    (await here.database.db.selectFrom("runsTagging").select("tagId").where("tagId", "=", toId(tag)).execute()).length;

  test("of an exclusive tag there is one holder in each pipeline, the last to get it", async () => {
    registry.make("champion", true);
    const snapshot = here.snapshot();
    const elsewhere = await make(["champion"], here.snapshot({ pipeline: newUuid() }));
    const [first, second] = [await make(["champion"], snapshot), await make(["champion"], snapshot)];
    expect(await listed("tags:champion")).toEqual([second, elsewhere]);
    await client.tagRuns({ runs: [second, first], addTags: ["champion"] });
    expect(await listed("tags:champion")).toEqual([first, elsewhere]);
  });

  /** Again while the database has no connection to spare, as clients do. */
  async function patiently(call: () => Promise<unknown>): Promise<void> {
    while ((await reasonOf(call())) === "UNAVAILABLE");
  }

  test("fifty who attach the same tags at once all do, and of an exclusive one there is one holder", async () => {
    registry.make("contested", true);
    const snapshot = here.snapshot();
    const runs = await Promise.all(Array.from({ length: 5 }, () => make([], snapshot)));
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const addTags = i % 2 ? ["common", "contested", "more"] : ["more", "contested", "common"];
        return patiently(() => runClient(here, i % 2).tagRuns({ runs: [runs[i % 5] as string], addTags }));
      }),
    );
    expect(await listed("tags:contested")).toHaveLength(1);
    expect((await listed("tags:common AND tags:more")).toSorted()).toEqual(runs.toSorted());
    const made = await Promise.all(Array.from({ length: 20 }, () => make(["contested"], snapshot)));
    const [holder] = await listed("tags:contested");
    expect(await listed("tags:contested")).toHaveLength(1);
    expect(made).toContain(holder);
  });

  test("a tag that becomes exclusive is left to one of each pipeline, the last that got it", async () => {
    const tag = registry.make("was free");
    const snapshot = here.snapshot();
    const [first, second] = [await make(["was free"], snapshot), await make([], snapshot)];
    await client.tagRuns({ runs: [second], addTags: ["was free"] });
    await client.tagRuns({ runs: [first], removeTags: ["was free"] });
    await client.tagRuns({ runs: [first], addTags: ["was free"] });
    registry.change(tag, { exclusive: true });
    await until(async () => (await listed('tags:"was free"')).length === 1);
    expect(await listed('tags:"was free"')).toEqual([first]);
  });

  test("what is attached while its tag is deleted goes with it", async () => {
    const tag = registry.make("going");
    const runs = await Promise.all(Array.from({ length: 10 }, () => make([])));
    const attaching = runs.map((run) => client.tagRuns({ runs: [run], addTags: [tag.id, "staying"] }));
    registry.remove(tag);
    // Whoever asks registry after that is told that there is no such tag.
    await Promise.allSettled(attaching);
    await until(async () => (await Promise.all(runs.map(tagsOf))).every((tags) => !tags?.includes("going")));
    await until(async () => (await taggings(tag.id)) === 0);
  });

  test("registry is told how many have a tag, exactly, whoever gives, takes and deletes at once", async () => {
    const tag = registry.make("counted");
    const told = async () => {
      const events = here.database.db.selectFrom("runsOutbox").select("payload").where("kind", "=", "tag.counted");
      const payloads = await events.where("subject", "=", toId(tag.id)).execute();
      const all = payloads.map(({ payload }) => fromBinary(TagCountsSchema, payload));
      return Number(all.toSorted((a, b) => Number(b.revision - a.revision))[0]?.counts[0]?.count ?? 0);
    };
    const runs = await Promise.all(Array.from({ length: 20 }, () => make(["counted"])));
    await until(async () => (await told()) === 20);
    const end = (run: string) => reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    await Promise.all(runs.slice(0, 5).map(end));
    await Promise.all([
      ...runs.slice(0, 5).map((run) => client.deleteRun({ run })),
      ...runs.slice(5, 8).map((run) => client.tagRuns({ runs: [run], removeTags: ["counted"] })),
      ...Array.from({ length: 4 }, () => make(["counted", "beside"])),
      ...runs.slice(10).map((run) => client.tagRuns({ runs: [run], addTags: ["counted"] })),
    ]);
    await until(async () => (await told()) === (await taggings(tag.id)));
    expect(await told()).toBe(16);
  });

  test("tags that go on to outputs are told with the run, also with one that is claimed", async () => {
    const told = async (run: string) => {
      const events = here.database.db.selectFrom("runsOutbox").select("payload").where("kind", "=", "run.cascade");
      const payloads = await events.where("subject", "=", toId(run)).execute();
      return payloads.flatMap(({ payload }) => fromBinary(CascadingTagsSchema, payload).tags);
    };
    const only = registry.make("audit only", true);
    const snapshot = here.snapshot();
    const request = { id: newUuid(), project: here.project, snapshot, running: true, tags: ["nightly"], cascadingTags: [only.id, "audit"] };
    const { run } = await client.createRun(request);
    expect(run?.tags).toEqual(["audit", "audit only", "nightly"]);
    expect((await told(request.id)).map(({ name, exclusive, etag }) => [name, exclusive, etag])).toEqual([
      ["audit only", true, "r1"],
      ["audit", false, "r1"],
    ]);
    expect((await client.createRun(request)).run).toEqual(run);
    expect(await told(request.id)).toHaveLength(2);
    expect(await reasonOf(client.createRun({ ...request, cascadingTags: [] }))).toBe("ID_REUSED");
    expect(await reasonOf(client.createRun({ ...request, id: "", cascadingTags: Array.from({ length: 101 }, (_, i) => `t${i}`) }))).toBe(
      "FIELD_INVALID",
    );

    const placed = here.snapshot();
    const { run: waiting } = await client.createRun({ project: here.project, snapshot: placed });
    expect(await told(waiting?.id ?? "")).toEqual([]);
    const asked = { project: here.project, snapshot: placed, orchestratorRun: "k8s-9", cascadingTags: ["audit"] };
    expect(await client.createRun(asked)).toMatchObject({ created: false, run: { id: waiting?.id, tags: ["audit"] } });
    expect((await told(waiting?.id ?? "")).map(({ name }) => name)).toEqual(["audit"]);
  });

  test("a run without tags pays nothing for them", async () => {
    const before = await here.database.db
      .selectFrom("runs_tag_touch" as never)
      .selectAll()
      .execute();
    await make([]);
    expect(
      (
        await here.database.db
          .selectFrom("runs_tag_touch" as never)
          .selectAll()
          .execute()
      ).length,
    ).toBeLessThanOrEqual(before.length);
  });

  test("attachments go with their run", async () => {
    const tag = registry.make("of a run that goes");
    const run = await make([tag.name]);
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    expect(await taggings(tag.id)).toBe(1);
    await client.deleteRun({ run });
    await until(async () => (await taggings(tag.id)) === 0);
  });
});
