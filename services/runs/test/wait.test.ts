import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { Resolution, WaitConditionStatus } from "@signalbox/gen/signalbox/runs/v1/wait_condition_pb.ts";
import { PollMode, WaitConditionService } from "@signalbox/gen/signalbox/runs/v1/wait_condition_service_pb.ts";
import type { SignalboxError } from "@signalbox/runtime/errors.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { toSignalboxError } from "@signalbox/runtime/wire/status.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { purgeRun } from "../src/run/purge.ts";
import { never } from "../src/tables.ts";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { openReporter } from "./stream.ts";

const { CONTINUE, ABORT } = Resolution;
const { KEEP, FINISH, ABANDON } = PollMode;
const schema = { text: '{"type": "object", "required": ["approve"], "properties": {"approve": {"type": "boolean"}}}' };
const yes = { text: '{"approve": true}' };

describe.each(dialects)("waiting on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  });
  afterAll(() => here.close());

  const waits = (replica = 0) => (here.parts[replica] as PartUnderTest).client(WaitConditionService, as(here));
  const statusOf = async (run: string) => (await runClient(here).getRun({ run })).run;

  const leaseOf = (run: string, pollerExpiresTime: number) =>
    here.database.db.updateTable("runsWaitCondition").set({ pollerExpiresTime }).where("runId", "=", toId(run)).execute();

  /** A run that waits for "approve". */
  async function asking(): Promise<string> {
    const run = await here.run();
    await waits().createWaitCondition({ run, name: "approve", question: "Ship it?", schema });
    return run;
  }
  const poll = (run: string, mode: PollMode = KEEP, poller = "p1", replica = 0) =>
    waits(replica).pollWaitCondition({ run, waitCondition: "approve", poller, mode });
  const answer = (run: string, resolution: Resolution = CONTINUE, result = yes, replica = 0) =>
    waits(replica).answerWaitCondition({ run, waitCondition: "approve", resolution, result });

  test("a question is asked once, however often the program is started again", async () => {
    const run = await here.run();
    const metadata = { risk: { kind: { case: "number", value: 0.2 } } } as const;
    const asked = { run, name: "approve", question: "Ship it?", schema, metadata };
    const first = await waits().createWaitCondition(asked);
    expect(first).toMatchObject({
      created: true,
      waitCondition: { run, question: "Ship it?", schema, status: WaitConditionStatus.PENDING },
    });
    expect(first.waitCondition?.metadata.risk).toMatchObject(metadata.risk);
    const again = await waits(1).createWaitCondition({ ...asked, question: "Really?" });
    expect(again).toMatchObject({ created: false, waitCondition: { id: first.waitCondition?.id, question: "Ship it?" } });
    const byId = await waits().getWaitCondition({ run, waitCondition: first.waitCondition?.id ?? "" });
    expect(byId.waitCondition).toEqual(first.waitCondition);
    const { waitConditions } = await waits().listWaitConditions({ filter: `run = ${run} AND status = PENDING` });
    expect(waitConditions).toEqual([first.waitCondition]);
  });

  test("fifty who ask the same at once get one condition", async () => {
    const run = await here.run();
    const asked = await Promise.all(
      Array.from({ length: 50 }, (_, i) => waits(i % 2).createWaitCondition({ id: newUuid(), run, name: "approve" })),
    );
    expect(new Set(asked.map(({ waitCondition }) => waitCondition?.id)).size).toBe(1);
    expect(asked.filter(({ created }) => created)).toHaveLength(1);
  });

  test("only a dynamic run that goes on asks", async () => {
    const planned = await here.run(here.snapshot({ steps: ["a"] }));
    expect(await reasonOf(waits().createWaitCondition({ run: planned, name: "q" }))).toBe(Reason.TRANSITION_REFUSED);
    const over = await here.run();
    await reportClient(here).endRun({ run: over, ended: { status: Status.COMPLETED } });
    expect(await reasonOf(waits().createWaitCondition({ run: over, name: "q" }))).toBe(Reason.RUN_ENDED);
  });

  test("a schema that cannot be applied, and an answer that does not satisfy it, are refused with the place and the rule", async () => {
    const run = await asking();
    const violation = async (call: Promise<unknown>) => {
      const failure = await call.catch((error: unknown) => toSignalboxError(error));
      return (failure as SignalboxError).violations[0];
    };
    const remote = { text: '{"$ref": "https://example.com/s.json"}' };
    const refused = await violation(waits().createWaitCondition({ run, name: "q", schema: remote }));
    expect(refused).toMatchObject({ field: "schema.text", rule: "json_schema.$ref" });
    expect(await violation(answer(run, CONTINUE, { text: '{"approve": "yes"}' }))).toEqual({
      field: "result.text",
      rule: "json_schema.type",
      description: "at /approve, it must be boolean, and is string",
    });
    expect(await reasonOf(answer(run, CONTINUE, { text: "{" }))).toBe(Reason.FIELD_INVALID);
    expect(await reasonOf(waits().answerWaitCondition({ run, waitCondition: "approve", resolution: CONTINUE }))).toBe(Reason.FIELD_INVALID);
    const large = { text: `{"enum": ["${"x".repeat(66_000)}"]}` };
    expect(await reasonOf(waits().createWaitCondition({ run, name: "q", schema: large }))).toBe(Reason.FIELD_INVALID);
    expect((await answer(run)).waitCondition).toMatchObject({ result: yes, resolution: CONTINUE });
  });

  test("the program that waits hears the answer at once, and the run goes on without a pause", async () => {
    const run = await asking();
    const reporter = openReporter(here, run);
    await reporter.hears(({ case: kind }) => kind === "run");
    expect((await poll(run)).waitCondition).toMatchObject({ poller: "p1", status: WaitConditionStatus.PENDING });
    const began = performance.now();
    await answer(run, CONTINUE, yes, 1);
    await reporter.hears((part) => part.case === "resolved" && part.value.result?.text === yes.text);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect((await poll(run)).waitCondition).toMatchObject({ resolver: { id: here.world.developer }, result: yes, poller: "" });
    expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING });
    await reporter.leave();
  });

  test("a run whose program finished waiting is paused, resumes with the answer, and runs when it is taken up", async () => {
    const run = await asking();
    await poll(run);
    await poll(run, FINISH);
    const paused = await statusOf(run);
    expect(paused).toMatchObject({ status: Status.PAUSED, statusReason: 'waits for "approve"', waitCondition: { name: "approve" } });
    const { runs } = await runClient(here).listRuns({ filter: `id = ${run}` });
    expect(runs).toEqual([paused]);
    expect(await reasonOf(reportClient(here).startStep({ run, step: "next" }))).toBe(Reason.TRANSITION_REFUSED);
    await answer(run);
    const resuming = await statusOf(run);
    expect(resuming).toMatchObject({ status: Status.RESUMING, statusReason: '"approve" was answered' });
    expect(resuming?.waitCondition).toBeUndefined();
    await reportClient(here).startStep({ run, step: "next" });
    expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING, statusReason: "" });
    const events = await here.database.db
      .selectFrom("runsEvent")
      .select("kind")
      .where("runId", "=", toId(run))
      .orderBy("revision")
      .execute();
    const told = events.map(({ kind }) => kind).filter((kind) => kind.startsWith("run.") || kind.startsWith("wait."));
    expect(told).toEqual(["wait.asked", "run.paused", "wait.answered", "run.resuming", "run.running"]);
  });

  test("a program that comes back to a paused run and waits again has it running", async () => {
    const run = await asking();
    await poll(run, FINISH);
    expect(await statusOf(run)).toMatchObject({ status: Status.PAUSED });
    await poll(run, KEEP, "p2", 1);
    expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING });
  });

  test("one poller at a time has the lease; who gives it up leaves the run as it is", async () => {
    const run = await asking();
    await poll(run);
    expect(await reasonOf(poll(run, KEEP, "p2"))).toBe(Reason.LEASE_HELD);
    expect(await reasonOf(poll(run, FINISH, "p2"))).toBe(Reason.LEASE_HELD);
    await poll(run, ABANDON);
    expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING });
    expect((await poll(run, KEEP, "p2")).waitCondition).toMatchObject({ poller: "p2" });
  });

  test("a run is not paused while somebody waits for something else in it", async () => {
    const run = await asking();
    await waits().createWaitCondition({ run, name: "budget" });
    await poll(run);
    await waits().pollWaitCondition({ run, waitCondition: "budget", poller: "p1" });
    await poll(run, FINISH);
    expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING });
    await waits().pollWaitCondition({ run, waitCondition: "budget", poller: "p1", mode: FINISH });
    expect(await statusOf(run)).toMatchObject({ status: Status.PAUSED });
  });

  test("an aborted wait ends the run with the reason, paused or not", async () => {
    for (const mode of [KEEP, FINISH]) {
      const run = await asking();
      await poll(run, mode);
      await waits().answerWaitCondition({ run, waitCondition: "approve", resolution: ABORT, reason: "too risky" });
      const ended = { status: Status.STOPPED, statusReason: 'aborted at "approve": too risky', inProgress: false };
      expect(await statusOf(run)).toMatchObject(ended);
      expect((await poll(run)).waitCondition).toMatchObject({ resolution: ABORT });
    }
  });

  test("an answer is given once: the same again changes nothing, another is refused", async () => {
    const run = await asking();
    const first = await answer(run);
    expect(await answer(run)).toEqual(first);
    expect(await reasonOf(answer(run, CONTINUE, { text: '{"approve": false}' }))).toBe(Reason.TRANSITION_REFUSED);
    expect(await reasonOf(answer(run, ABORT))).toBe(Reason.TRANSITION_REFUSED);
  });

  test("nobody answers for a run that has ended", async () => {
    const run = await asking();
    await runClient(here).stopRun({ run });
    expect(await reasonOf(answer(run))).toBe(Reason.RUN_ENDED);
    expect(await reasonOf(poll(run))).toBe(Reason.RUN_ENDED);
  });

  test("of those who answer differently at once one wins", async () => {
    const run = await asking();
    const given = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => answer(run, CONTINUE, { text: `{"approve": ${i % 2 === 0}, "by": ${i}}` }, i % 2)),
    );
    expect(given.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await here.database.db.selectFrom("runsRun").select("answers").where("id", "=", toId(run)).executeTakeFirst())?.answers).toBe(
      1,
    );
  });

  test("of those who want the lease at once one gets it", async () => {
    const run = await asking();
    const taken = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => poll(run, KEEP, `p${i}`, i % 2)));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a poller that finishes while somebody answers: it hears the answer, or the run resumes, and never neither", async () => {
    for (let round = 0; round < 12; round++) {
      const run = await asking();
      await poll(run);
      const [finished] = await Promise.all([poll(run, FINISH, "p1", 0), answer(run, CONTINUE, yes, 1)]);
      const heard = finished.waitCondition?.status === WaitConditionStatus.RESOLVED;
      expect((await statusOf(run))?.status).toBe(heard ? Status.RUNNING : Status.RESUMING);
    }
  });

  test("two pollers of one run that finish at once pause it", async () => {
    for (let round = 0; round < 6; round++) {
      const run = await asking();
      await waits().createWaitCondition({ run, name: "budget" });
      await poll(run);
      await waits().pollWaitCondition({ run, waitCondition: "budget", poller: "p1" });
      await Promise.all([poll(run, FINISH), waits(1).pollWaitCondition({ run, waitCondition: "budget", poller: "p1", mode: FINISH })]);
      expect(await statusOf(run)).toMatchObject({ status: Status.PAUSED });
    }
  });

  test("what belongs to a deleted run goes with it", async () => {
    const run = await asking();
    await runClient(here).stopRun({ run });
    await runClient(here).deleteRun({ run });
    await purgeRun(here.database, toId(here.world.workspace), toId(run), new AbortController().signal);
    expect(await here.database.db.selectFrom("runsWaitCondition").selectAll().where("runId", "=", toId(run)).execute()).toEqual([]);
  });

  test("an answer that comes before anybody noticed that the lease ran out resumes the run", async () => {
    const run = await asking();
    await poll(run);
    await leaseOf(run, 1);
    await answer(run);
    expect((await statusOf(run))?.status).toBe(Status.RESUMING);
  });

  describe("while duties run", () => {
    beforeAll(() => {
      for (const part of here.parts) part.startDuties();
    });
    test("a lease that runs out pauses the run, by the database's clock", async () => {
      const run = await asking();
      await poll(run);
      await leaseOf(run, 1);
      await vi.waitFor(async () => expect(await statusOf(run)).toMatchObject({ status: Status.PAUSED }), { timeout: 8000, interval: 100 });
      expect((await waits().getWaitCondition({ run, waitCondition: "approve" })).waitCondition).toMatchObject({ poller: "" });
    });

    test("a paused run is not taken for silent, and one that runs again is", async () => {
      const made = await runClient(here).createRun({
        ...{ project: here.project, snapshot: here.snapshot(), running: true, heartbeatTimeout: { seconds: 5n } },
      });
      const run = made.run?.id ?? "";
      await waits().createWaitCondition({ run, name: "approve" });
      await poll(run, FINISH);
      await reportClient(here).heartbeat({ run });
      const { heartbeatExpiresTime } = await rowOf(run);
      expect(heartbeatExpiresTime).toBe(never);
      await answer(run);
      expect((await rowOf(run)).heartbeatExpiresTime).toBe(never);
      await reportClient(here).heartbeat({ run });
      expect((await rowOf(run)).heartbeatExpiresTime).toBeLessThan(never);
      expect(await statusOf(run)).toMatchObject({ status: Status.RUNNING });
    });
  });

  const rowOf = (run: string) => here.database.db.selectFrom("runsRun").selectAll().where("id", "=", toId(run)).executeTakeFirstOrThrow();
});
