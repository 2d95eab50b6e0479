import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService, type WatchRunResponse } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { numbering, openReporter } from "./stream.ts";

describe.each(dialects)("resuming on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  }, 60_000);
  afterAll(() => here.close());

  /** A run of three steps whose second one failed. */
  async function failed(): Promise<string> {
    const run = await here.run(here.snapshot({ steps: ["a", ["b", "a"], ["c", "b"]] }));
    await reportClient(here).endStep({ run, step: "a", ended: { status: Status.COMPLETED } });
    await reportClient(here).endStep({ run, step: "b", ended: { status: Status.FAILED } });
    return run;
  }

  /** Whoever reports with a token of a generation. */
  function worker(run: string, generation: number, replica = 0) {
    const caller = { run, generation, project: here.project, owner: here.world.developer, workspace: here.world.workspace };
    const part = here.parts[replica] as (typeof here.parts)[number];
    return { reports: part.client(ReportService, caller), runs: part.client(RunService, caller) };
  }

  test("what completed stays, what failed is done again, and the run completes", async () => {
    const run = await failed();
    const { run: before } = await runClient(here).getRun({ run });
    const resumed = await runClient(here).resumeRun({ run, etag: before?.etag ?? "", reason: "fixed it", running: true });
    expect(resumed.run).toMatchObject({
      ...{ generation: 2, status: Status.RUNNING, statusReason: "fixed it", inProgress: true },
      steps: { total: 3, completed: 1, failed: 0 },
    });
    expect(resumed.run?.endTime).toBeUndefined();
    expect(resumed.token).toMatch(/^sbt_/);
    const { steps } = await runClient(here).listSteps({ run });
    expect(steps.map(({ name, attempt, status }) => [name, attempt, status])).toEqual([
      ["a", 1, Status.COMPLETED],
      ["b", 1, Status.RETRIED],
    ]);
    const { reports } = worker(run, 2);
    await reports.startStep({ run, step: "b", attempt: 2 });
    await reports.endStep({ run, step: "b", attempt: 2, ended: { status: Status.COMPLETED } });
    await reports.endStep({ run, step: "c", ended: { status: Status.COMPLETED } });
    const { run: done } = await runClient(here).getRun({ run });
    expect(done).toMatchObject({ status: Status.COMPLETED, statusReason: "", inProgress: false, steps: { total: 3, completed: 3 } });
    expect(await reasonOf(runClient(here).resumeRun({ run }))).toBe(Reason.TRANSITION_REFUSED);
    const events = await here.database.db.selectFrom("runsEvent").select("kind").where("runId", "=", toId(run)).execute();
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["run.resumed", "step.retried", "run.running"]));
  });

  test("a repeat has one effect, until somebody resumed it again", async () => {
    const run = await failed();
    const id = newUuid();
    const asked = await Promise.all(Array.from({ length: 10 }, (_, i) => runClient(here, i % 2).resumeRun({ run, id })));
    expect(asked.map((answer) => answer.run?.generation)).toEqual(Array.from({ length: 10 }, () => 2));
    expect(await reasonOf(runClient(here).resumeRun({ run: await failed(), id }))).toBe(Reason.ID_REUSED);
    await reportClient(here).endRun({ run, ended: { status: Status.FAILED } });
    expect((await runClient(here).resumeRun({ run, id })).run?.generation).toBe(2);
    expect((await runClient(here).resumeRun({ run })).run?.generation).toBe(3);
    expect(await reasonOf(runClient(here).resumeRun({ run, id }))).toBe(Reason.GENERATION_STALE);
  });

  test("of twenty who resume at once one does", async () => {
    const run = await failed();
    const asked = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => runClient(here, i % 2).resumeRun({ run, id: newUuid() })));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await runClient(here).getRun({ run })).run?.generation).toBe(2);
    expect(await reasonOf(runClient(here).resumeRun({ run }))).toBe(Reason.RUN_IN_PROGRESS);
  });

  test("whoever reported before is refused: by calls, in a batch and on the stream", async () => {
    const run = await failed();
    const stream = openReporter(here, run, { client: worker(run, 1).reports });
    await stream.hears(({ case: kind }) => kind === "run");
    const person = openReporter(here, run, { replica: 1, reporter: "person" });
    await person.hears(({ case: kind }) => kind === "run");
    await runClient(here, 1).resumeRun({ run, running: true });
    for (const left of [stream, person]) {
      left.send([numbering()("c", { case: "started", value: {} })]);
      expect(await reasonOf(left.end())).toBe(Reason.GENERATION_STALE);
      const heard = left.heard.map(({ part }) => part);
      // Unless the stream heard of it first, and took nothing any more.
      const refused = heard.flatMap((part) => (part.case === "refused" ? part.value.reason : []));
      expect(refused).toEqual(heard.some(({ case: kind }) => kind === "acknowledged") ? ["GENERATION_STALE"] : []);
      expect(heard.findLast(({ case: kind }) => kind === "stop")?.value).toMatchObject({ force: true });
    }

    const reports = [numbering()("c", { case: "started", value: {} })];
    const late = { run, step: "b", attempt: 2, generation: 1 };
    for (const refused of [
      () => reportClient(here).startStep(late),
      () => reportClient(here).endStep({ ...late, ended: { status: Status.COMPLETED } }),
      () => reportClient(here).heartbeat({ run, generation: 1 }),
      () => reportClient(here).batchReport({ run, reports, generation: 1 }),
      () => reportClient(here).endRun({ run, generation: 1, ended: { status: Status.COMPLETED } }),
      () => worker(run, 1, 1).reports.startStep({ ...late, generation: 0 }),
      // A token is good for its own generation, whatever is said beside it.
      () => worker(run, 1).reports.startStep({ ...late, generation: 2 }),
    ]) {
      expect(await reasonOf(refused())).toBe(Reason.GENERATION_STALE);
    }
    expect((await runClient(here).getRun({ run })).run?.steps).toMatchObject({ running: 0, completed: 1 });
    await worker(run, 2).reports.startStep({ ...late, generation: 2 });
  });

  test("tokens of before end, and buy no others", async () => {
    const run = await failed();
    const first = await runClient(here).resumeRun({ run });
    expect((await worker(run, 2).runs.issueRunToken({ run })).token).not.toBe("");
    await reportClient(here).endRun({ run, ended: { status: Status.FAILED } });
    await runClient(here).resumeRun({ run });
    // Known to be good a moment ago, and refused all the same.
    expect(await reasonOf(worker(run, 2).runs.issueRunToken({ run }))).toBe(Reason.GENERATION_STALE);
    await vi.waitFor(async () => expect(await reasonOf(worker(run, 2).runs.getRun({ run }))).toBe(Reason.GENERATION_STALE), 3000);
    expect((await worker(run, 3).runs.getRun({ run })).run?.generation).toBe(3);
    expect(first.run?.generation).toBe(2);
  });

  test("a late reporter and a resume leave no mixture behind", async () => {
    for (let round = 0; round < 6; round++) {
      const run = await here.run();
      await reportClient(here).endStep({ run, step: "first", ended: { status: Status.FAILED } });
      await reportClient(here).endRun({ run, ended: { status: Status.FAILED } });
      const old = worker(run, 1, round % 2).reports;
      const names = Array.from({ length: 12 }, (_, i) => `late-${i}`);
      const late = names.map((step) =>
        old.startStep({ run, step }).then(
          () => "taken",
          () => "refused",
        ),
      );
      const resumed = runClient(here, 1).resumeRun({ run, running: true });
      const again = names.map((step) =>
        old.startStep({ run, step }).then(
          () => "taken",
          () => "refused",
        ),
      );
      await resumed;
      const next = worker(run, 2).reports;
      await Promise.all(names.map((step) => next.startStep({ run, step })));
      // The run had ended, and then was somebody else's: at no time could they begin anything.
      expect(new Set(await Promise.all([...late, ...again]))).toEqual(new Set(["refused"]));
      const { run: now } = await runClient(here).getRun({ run });
      const { steps } = await runClient(here).listSteps({ run, pageSize: 100 });
      expect(now).toMatchObject({ status: Status.RUNNING, generation: 2, steps: { running: 12, failed: 0 } });
      expect(steps.filter(({ status }) => status === Status.RUNNING)).toHaveLength(12);
    }
  });

  test("who watches the run sees it go on", async () => {
    const run = await failed();
    const heard: WatchRunResponse["part"][] = [];
    const leave = new AbortController();
    const watching = (async () => {
      for await (const { part } of runClient(here, 1).watchRun({ run }, { signal: leave.signal })) heard.push(part);
    })().catch(() => undefined);
    const sees = (fits: (part: WatchRunResponse["part"]) => boolean) => vi.waitFor(() => expect(heard.some(fits)).toBe(true), 5000);
    await sees((part) => part.case === "run" && !part.value.inProgress);
    await runClient(here).resumeRun({ run, running: true });
    await sees((part) => part.case === "run" && part.value.generation === 2 && part.value.inProgress);
    await sees((part) => part.case === "steps" && part.value.steps.some(({ name, status }) => name === "b" && status === Status.RETRIED));
    leave.abort();
    await watching;
  });

  test("a run that goes on again is not deleted", async () => {
    const run = await failed();
    const [deleted, resumed] = await Promise.allSettled([runClient(here).deleteRun({ run }), runClient(here, 1).resumeRun({ run })]);
    expect([deleted.status, resumed.status].filter((each) => each === "fulfilled")).toHaveLength(1);
    const found = await runClient(here)
      .getRun({ run })
      .catch(() => undefined);
    expect(found?.run?.generation).toBe(resumed.status === "fulfilled" ? 2 : undefined);
  });
});
