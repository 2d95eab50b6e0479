import { create, toBinary } from "@bufbuild/protobuf";
import { EventSchema } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { RunSchema, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kinds, takeIn } from "../src/run/take-in.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("the latest runs of what registry has on %s", (dialect) => {
  let it: RegistryUnderTest;
  let [project, pipeline, snapshot] = ["", "", ""];
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  beforeEach(async () => {
    project = await it.project();
    pipeline = await it.pipeline(project, "train");
    snapshot = await kept("first");
  });
  afterAll(() => it.close());

  const kept = async (content: string, asked: { name?: string; template?: string } = {}): Promise<string> => {
    const request = { project, pipeline, dynamic: true, configuration: { text: JSON.stringify(content) }, ...asked };
    return (await it.admin.snapshots.createSnapshot(request)).snapshot?.id ?? "";
  };

  interface Told {
    readonly id: string;
    readonly status?: Status;
    readonly snapshot?: string;
    readonly time?: number;
    readonly revision?: number;
    readonly owner?: string;
  }
  const told = ({ id, status = Status.RUNNING, snapshot: of = snapshot, time = 1, revision = 1, owner = it.world.admin }: Told) => {
    const run = create(RunSchema, {
      ...{ id, project, pipeline, snapshot: of, name: `run ${id.slice(-4)}`, index: BigInt(time), status, revision: BigInt(revision) },
      ...{ owner: { id: owner }, createTime: toTimestamp(time * 1e6) },
    });
    return create(EventSchema, { workspace: it.world.workspace, kind: kinds.status, subject: id, payload: toBinary(RunSchema, run) });
  };
  const deleted = (id: string) => create(EventSchema, { workspace: it.world.workspace, kind: kinds.deleted, subject: id });
  const hear = (...events: ReturnType<typeof deleted>[]) => it.tables.transact((trx) => takeIn(trx, events));
  const latest = async () => (await it.viewer.pipelines.getPipeline({ pipeline })).pipeline?.latestRun;
  const ofSnapshot = async (id = snapshot) => (await it.viewer.snapshots.getSnapshot({ snapshot: id })).snapshot?.latestRun;
  const there = async (id: string) => reasonOf(it.viewer.snapshots.getSnapshot({ snapshot: id }));

  test("a pipeline and a snapshot tell of their newest run, in whatever order they hear of runs, and however often", async () => {
    const [older, newer] = [newUuid(), newUuid()];
    expect([await latest(), await ofSnapshot()]).toEqual([undefined, undefined]);
    const etag = (await it.viewer.pipelines.getPipeline({ pipeline })).pipeline?.etag;
    await hear(told({ id: newer, time: 2, status: Status.INITIALIZING }), told({ id: older, time: 1 }));
    await hear(told({ id: newer, time: 2, status: Status.FAILED, revision: 3 }));
    await hear(told({ id: newer, time: 2, status: Status.RUNNING, revision: 2 }), told({ id: older, time: 1, revision: 9 }));
    const shown = { run: newer, name: `run ${newer.slice(-4)}`, status: "FAILED", index: 2n, owner: { name: "admin" } };
    expect(await latest()).toMatchObject(shown);
    expect(await ofSnapshot()).toMatchObject(shown);
    expect((await it.viewer.pipelines.listPipelines({ project })).pipelines[0]?.latestRun).toMatchObject(shown);
    expect((await it.viewer.snapshots.listSnapshots({ project })).snapshots[0]?.latestRun).toMatchObject(shown);
    expect((await it.viewer.pipelines.getPipeline({ pipeline })).pipeline?.etag).toBe(etag);
  });

  test("a run that is deleted lets the one before it show", async () => {
    const [first, second, third] = [newUuid(), newUuid(), newUuid()];
    await hear(...[first, second, third].map((id, i) => told({ id, time: i + 1 })));
    await hear(deleted(second));
    expect((await latest())?.run).toBe(third);
    await hear(deleted(third), deleted(newUuid()));
    expect([(await latest())?.run, (await ofSnapshot())?.run]).toEqual([first, first]);
    await hear(deleted(first), deleted(first));
    expect([await latest(), await ofSnapshot()]).toEqual([undefined, undefined]);
  });

  test("a run template tells of the runs of what was made from it", async () => {
    const { runTemplate } = await it.admin.templates.createRunTemplate({ project, name: "nightly", snapshot });
    const made = await kept("from it", { template: runTemplate?.id ?? "" });
    const run = newUuid();
    await hear(told({ id: newUuid(), time: 5 }), told({ id: run, time: 3, snapshot: made }));
    const { runTemplate: now } = await it.viewer.templates.getRunTemplate({ runTemplate: runTemplate?.id ?? "" });
    expect(now?.latestRun).toMatchObject({ run, status: "RUNNING" });
    expect((await it.viewer.templates.listRunTemplates({ project })).runTemplates[0]?.latestRun?.run).toBe(run);
    await it.admin.pipelines.deletePipeline({ pipeline, withRuns: true });
    await hear(told({ id: run, time: 3, snapshot: made, revision: 7 }), deleted(run));
  });

  test("pipelines are found and sorted by their latest run", async () => {
    const other = await it.pipeline(project, "other");
    const never = await it.pipeline(project, "never");
    await hear(told({ id: newUuid(), time: 1, status: Status.FAILED, owner: it.world.developer }));
    const mine = pipeline;
    pipeline = other;
    await hear(told({ id: newUuid(), time: 2, status: Status.RUNNING, snapshot: newUuid() }));
    pipeline = mine;
    const found = async (filter: string, orderBy = "latest_run.time desc") => {
      const { pipelines } = await it.viewer.pipelines.listPipelines({ project, filter, orderBy });
      return pipelines.map(({ id }) => id);
    };
    expect(await found("")).toEqual([other, pipeline, never]);
    expect(await found("", "latest_run.time")).toEqual([never, pipeline, other]);
    expect(await found("latest_run.status = FAILED")).toEqual([pipeline]);
    expect(await found("latest_run.status = (FAILED OR RUNNING)")).toEqual([other, pipeline]);
    expect(await found("latest_run.owner = dev")).toEqual([pipeline]);
    expect(await found("NOT latest_run.time:*")).toEqual([never]);
    expect(await found('latest_run.time > "1970-01-01T00:00:01.5Z"')).toEqual([other]);
  });

  test("a snapshot that runs executed is not deleted, and the answer says by which", async () => {
    const run = newUuid();
    await hear(told({ id: run }));
    expect(await failureOf(it.admin.snapshots.deleteSnapshot({ snapshot }))).toMatchObject({
      ...{ reason: "IN_USE", metadata: { type: "snapshot", reference: snapshot, run } },
      message: expect.stringContaining(`run ${run.slice(-4)}`),
    });
    const unused = await kept("unused");
    const { deleted: gone, refused } = await it.admin.snapshots.batchDeleteSnapshots({ snapshots: [snapshot, unused] });
    expect([gone, refused.map(({ id, reason }) => [id, reason])]).toEqual([[unused], [[snapshot, "IN_USE"]]]);
    await hear(deleted(run));
    await it.admin.snapshots.deleteSnapshot({ snapshot });
  });

  test("what nobody uses is pruned, oldest first, and counted before; what is young stays unless asked for", async () => {
    const [named, templated] = [await kept("named", { name: "baseline" }), await kept("templated")];
    await it.admin.templates.createRunTemplate({ project, name: "of one", snapshot: templated });
    const unused = await Promise.all(Array.from({ length: 30 }, (_, i) => kept(`unused ${i}`)));
    await hear(told({ id: newUuid() }));
    const now = toTimestamp(Date.now() * 1000 + 1e6);
    const prune = (asked: object) => it.admin.snapshots.pruneSnapshots({ project, ...asked });
    expect(await prune({})).toMatchObject({ snapshotCount: 0n, finished: true });
    expect(await prune({ createdBefore: now, dryRun: true })).toMatchObject({ snapshotCount: 30n, finished: true });
    expect(await reasonOf(it.viewer.snapshots.pruneSnapshots({ project, createdBefore: now }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.developer.snapshots.pruneSnapshots({ project, createdBefore: now }))).toBe("PERMISSION_MISSING");
    const counts = await Promise.all([prune({ createdBefore: now }), prune({ createdBefore: now })]);
    expect(counts.reduce((sum, { snapshotCount }) => sum + snapshotCount, 0n)).toBe(30n);
    for (const id of [snapshot, named, templated]) expect(await there(id)).toBe("OK");
    expect(await there(unused[7] ?? "")).toBe("NOT_FOUND");
    expect((await prune({ createdBefore: now, dryRun: true })).snapshotCount).toBe(0n);
  });

  test("of a pruning and templates of what it would take, one wins each time", async () => {
    const unused = await Promise.all(Array.from({ length: 10 }, (_, i) => kept(`raced ${i}`)));
    const createdBefore = toTimestamp(Date.now() * 1000 + 1e6);
    const pruning = it.admin.snapshots.pruneSnapshots({ project, createdBefore });
    const made = await Promise.all(
      unused.map((id, i) => reasonOf(it.admin.templates.createRunTemplate({ project, name: `raced ${i}`, snapshot: id }))),
    );
    await pruning;
    for (const [i, reason] of made.entries()) expect(await there(unused[i] ?? "")).toBe(reason);
  });
});
