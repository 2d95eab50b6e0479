import { fromBinary } from "@bufbuild/protobuf";
import { RunSchema, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("where runs stand, as others hear it on %s", (dialect) => {
  let it: Lab;
  beforeAll(async () => {
    it = await lab(dialect);
  });
  afterAll(() => it.close());

  /** What was told of a run, in order. */
  async function told(run: string) {
    const db = it.database.db as unknown as Kysely<{ runs_outbox: OutboxTable }>;
    const events = db.selectFrom("runs_outbox").selectAll().where("kind", "=", "run.status").where("subject", "=", toId(run));
    return (await events.orderBy("id").execute()).map(({ payload }) => fromBinary(RunSchema, payload));
  }

  test("it is told when one is created and when it stands elsewhere, and not with every report", async () => {
    const { run: made } = await runClient(it).createRun({ project: it.project, snapshot: it.snapshot() });
    const run = made?.id ?? "";
    const reports = reportClient(it);
    await reports.startStep({ run, step: "a" });
    for (const step of ["b", "c", "d"]) await reports.startStep({ run, step });
    await reports.heartbeat({ run, step: "a" });
    for (const step of ["a", "b", "c", "d"]) await reports.endStep({ run, step, ended: { status: Status.COMPLETED } });
    await reports.endRun({ run, ended: { status: Status.COMPLETED } });
    const events = await told(run);
    expect(events.map(({ status }) => status)).toEqual([Status.INITIALIZING, Status.RUNNING, Status.COMPLETED]);
    const { project, pipeline, snapshot, name, index, owner, createTime } = made ?? {};
    for (const event of events) {
      expect(event).toMatchObject({ id: run, project, pipeline, snapshot, name, index, createTime, owner: { id: owner?.id } });
    }
    const revisions = events.map(({ revision }) => Number(revision));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(new Set(revisions).size).toBe(3);
  });

  test("a placeholder that is claimed as it stands says nothing, and one that runs then says so", async () => {
    const snapshot = it.snapshot();
    const claim = async (asked: object) => (await runClient(it).createRun({ project: it.project, snapshot, ...asked })).run?.id ?? "";
    const [first, second] = [await claim({}), await claim({})];
    const claimed = [await claim({ orchestratorRun: "one" }), await claim({ orchestratorRun: "two", running: true })];
    const heard = await Promise.all(claimed.map(told));
    expect(new Set(claimed)).toEqual(new Set([first, second]));
    expect(heard.map((events) => events.map(({ status }) => status))).toEqual([
      [Status.INITIALIZING],
      [Status.INITIALIZING, Status.RUNNING],
    ]);
  });
});
