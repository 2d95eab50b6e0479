import { create } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { ReportService, StepsPlannedSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { statusName } from "../src/status/transitions.ts";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { numbering, openReporter } from "./stream.ts";

/** "train load" is a step after another. */
const stepsIn = (...texts: readonly string[]) =>
  texts.map((text) => {
    const [name = "", ...upstream] = text.split(" ");
    return { name, upstream };
  });

const planned = (...texts: readonly string[]) => create(StepsPlannedSchema, { steps: stepsIn(...texts) });

describe.each(dialects)("steps that are planned while a run goes on, on %s", (dialect) => {
  let here: Lab;
  const statements: string[] = [];
  beforeAll(async () => {
    here = await lab(dialect, 2, [], (sql) => statements.push(sql));
  }, 60_000);
  afterAll(() => here.close());

  const plan = (run: string, steps: readonly string[], more: object = {}, replica = 0) =>
    reportClient(here, replica).planSteps({ run, planned: { steps: stepsIn(...steps) }, ...more });
  const end = (run: string, step: string, status: 9 | 10 | 11 | 12 | 13 = Status.COMPLETED, replica = 0) =>
    reportClient(here, replica).endStep({ run, step, ended: { status } });
  const endRun = (run: string, status: 9 | 10 | 11 = Status.COMPLETED) => reportClient(here).endRun({ run, ended: { status } });
  const read = async (run: string) => (await runClient(here).getRun({ run })).run;
  const graph = async (run: string) =>
    (await runClient(here).getRunGraph({ run })).steps.map(
      ({ name, upstream, planned, status }) => `${name}(${upstream}) ${planned ? "planned " : ""}${statusName(status)}`,
    );

  test("are in the graph and in the counts before they begin, and are the same steps when they do", async () => {
    const run = await here.run();
    await end(run, "load");
    const { run: after } = await plan(run, ["clean load", "train clean", "rate train load"]);
    expect(after).toMatchObject({ status: Status.RUNNING, steps: { total: 4, completed: 1, running: 0 } });
    expect(await graph(run)).toEqual([
      "load() COMPLETED",
      "clean(load) planned INITIALIZING",
      "train(clean) planned INITIALIZING",
      "rate(train,load) planned INITIALIZING",
    ]);
    await reportClient(here).startStep({ run, step: "clean" });
    expect((await read(run))?.steps).toMatchObject({ total: 4, running: 1 });
    const { step } = await end(run, "clean", Status.COMPLETED, 1);
    expect(step?.upstream).toEqual(["load"]);
    // What is reported counts more than what was planned, and what nobody planned is one more.
    await reportClient(here).startStep({ run, step: "train", started: { upstream: ["clean", "load"] } });
    await end(run, "train");
    await end(run, "extra");
    expect((await read(run))?.steps).toMatchObject({ total: 5, completed: 4 });
    const { run: over } = await endRun(run);
    expect(over).toMatchObject({ status: Status.COMPLETED, steps: { total: 5, completed: 4, skipped: 0 } });
    expect(await graph(run)).toEqual([
      ...["load() COMPLETED", "extra() COMPLETED", "clean(load) COMPLETED", "train(clean,load) COMPLETED"],
      "rate(train,load) planned SKIPPED",
    ]);
    expect((await runClient(here).listSteps({ run })).steps).toHaveLength(4);
  });

  test("stay as they are when they are planned again, or have begun", async () => {
    const run = await here.run();
    await end(run, "load");
    await plan(run, ["a load", "b a", "a b", "load b"]);
    const before = await read(run);
    await Promise.all(Array.from({ length: 10 }, (_, i) => plan(run, ["b", "a", "load"], {}, i % 2)));
    expect(await read(run)).toEqual({ ...before, etag: expect.any(String), revision: expect.any(BigInt), updateTime: expect.anything() });
    expect(before?.steps).toMatchObject({ total: 3, completed: 1 });
    expect(await graph(run)).toEqual(["load() COMPLETED", "a(load) planned INITIALIZING", "b(a) planned INITIALIZING"]);
    const many = Array.from({ length: 20 }, (_, i) => plan(run, [`x${i % 5} a`, `y${i}`], {}, i % 2));
    await Promise.all(many);
    expect((await read(run))?.steps?.total).toBe(3 + 5 + 20);
    await endRun(run);
    // A repeat that comes late is none that fails.
    await plan(run, ["a load"]);
    expect(await reasonOf(plan(run, ["z"]))).toBe(Reason.RUN_ENDED);
  });

  test("come by the stream and in batches, beside other reports", async () => {
    const run = await here.run();
    const next = numbering();
    const stream = openReporter(here, run);
    stream.send([
      next("", { case: "planned", value: planned("load", "train load") }),
      next("load", { case: "ended", value: { status: Status.COMPLETED } }),
      next("", { case: "planned", value: create(StepsPlannedSchema, { steps: [{ name: "bad " }] }) }),
      next("train", { case: "started", value: {} }),
    ]);
    await stream.hears((part) => part.case === "acknowledged" && part.value === 4n);
    expect(stream.heard.map(({ part }) => part)).toContainEqual(
      expect.objectContaining({ case: "refused", value: expect.objectContaining({ sequence: 3n, reason: "FIELD_INVALID" }) }),
    );
    await stream.end();
    const reports = [next("", { case: "planned", value: planned("rate train", "ship rate") })];
    const answer = await reportClient(here, 1).batchReport({ run, reports });
    expect(answer).toMatchObject({ refused: [], run: { steps: { total: 4, completed: 1, running: 1 } } });
    expect(await graph(run)).toEqual([
      "load() COMPLETED",
      "train(load) RUNNING",
      "rate(train) planned INITIALIZING",
      "ship(rate) planned INITIALIZING",
    ]);
  });

  test("are refused where the run has a plan of its own, is to stop, or has failed", async () => {
    const whole = await here.run(here.snapshot({ steps: ["a"] }));
    expect(await reasonOf(plan(whole, ["b"]))).toBe(Reason.TRANSITION_REFUSED);
    expect(await reasonOf(plan(whole, ["a"]))).toBe(Reason.TRANSITION_REFUSED);
    const run = await here.run();
    await plan(run, ["a", "b"]);
    await reportClient(here).startStep({ run, step: "a" });
    await runClient(here).stopRun({ run });
    expect(await reasonOf(plan(run, ["c"]))).toBe(Reason.RUN_ENDED);
    expect(await reasonOf(reportClient(here).startStep({ run, step: "b" }))).toBe(Reason.RUN_ENDED);
    await end(run, "a");
    expect(await read(run)).toMatchObject({ status: Status.STOPPED, inProgress: false, steps: { total: 2, completed: 1 } });
    expect(await graph(run)).toEqual(["a() COMPLETED", "b() planned SKIPPED"]);
    const failed = await here.run();
    await end(failed, "a", Status.FAILED);
    expect(await reasonOf(plan(failed, ["c"]))).toBe(Reason.RUN_ENDED);
  });

  test("stay planned when the run is resumed, and who planned for the generation before is refused", async () => {
    const run = await here.run();
    await plan(run, ["load", "train load", "rate train"]);
    await end(run, "load");
    await end(run, "train", Status.FAILED);
    await end(run, "rate", Status.SKIPPED);
    await endRun(run, Status.FAILED);
    expect(await read(run)).toMatchObject({ status: Status.FAILED, steps: { total: 3, failed: 1, skipped: 1 } });
    await runClient(here).resumeRun({ run, running: true });
    expect(await reasonOf(plan(run, ["more"], { generation: 1 }))).toBe(Reason.GENERATION_STALE);
    // What was left out because of the failure is to be tried, too.
    expect((await read(run))?.steps).toMatchObject({ total: 3, completed: 1, failed: 0, skipped: 0 });
    await plan(run, ["ship rate"], { generation: 2 });
    for (const step of ["train", "rate"]) await reportClient(here).endStep({ run, step, attempt: 2, ended: { status: Status.COMPLETED } });
    await end(run, "ship");
    expect((await endRun(run)).run).toMatchObject({ status: Status.COMPLETED, steps: { total: 4, completed: 4 } });
  });

  test("do not begin after one that failed, where others go on", async () => {
    const run = await here.run(here.snapshot({ executionMode: ExecutionMode.CONTINUE_ON_FAILURE }));
    await plan(run, ["a", "b a", "c"]);
    await end(run, "a", Status.FAILED);
    expect(await reasonOf(reportClient(here).startStep({ run, step: "b" }))).toBe(Reason.RUN_ENDED);
    await end(run, "c");
    expect((await endRun(run)).run).toMatchObject({ status: Status.FAILED, steps: { total: 3, completed: 1, failed: 1 } });
  });

  test("who watches hears of them by the counts, and deleting the run deletes them", async () => {
    const run = await here.run();
    const totals: number[] = [];
    const leave = new AbortController();
    const watching = (async () => {
      for await (const { part } of runClient(here, 1).watchRun({ run }, { signal: leave.signal })) {
        if (part.case === "run") totals.push(part.value.steps?.total ?? 0);
      }
    })().catch(() => undefined);
    await vi.waitFor(() => expect(totals).toEqual([0]), 5000);
    await plan(run, ["a", "b"]);
    await vi.waitFor(() => expect(totals.at(-1)).toBe(2), 5000);
    leave.abort();
    await watching;
    await endRun(run);
    await runClient(here).deleteRun({ run });
    const left = here.database.db.selectFrom("runsPlanned").select("name").where("runId", "=", toId(run));
    expect(await left.execute()).toEqual([]);
  });

  test("cost those nothing who plan nothing, and one look those who do", async () => {
    const table = "runs_planned";
    const run = await here.run();
    await end(run, "load");
    statements.length = 0;
    await end(run, "train");
    await endRun(run);
    expect(statements.filter((sql) => sql.includes(table))).toEqual([]);
    const other = await here.run();
    const names = Array.from({ length: 1000 }, (_, i) => `s${i} load`);
    await plan(other, names);
    expect(await reasonOf(plan(other, [...names, "one too many"]))).toBe(Reason.FIELD_INVALID);
    statements.length = 0;
    await end(other, "s7");
    expect(statements.filter((sql) => sql.includes(table))).toHaveLength(1);
    expect((await read(other))?.steps).toMatchObject({ total: 1000, completed: 1 });
    expect((await graph(other)).length).toBe(1000);
  }, 60_000);

  test("are planned by whoever holds a token of the run, and by no other", async () => {
    const [run, other] = [await here.run(), await here.run()];
    const holder = { run, generation: 1, project: here.project, owner: here.world.developer, workspace: here.world.workspace };
    const own = here.parts[0]?.client(ReportService, holder);
    expect((await own?.planSteps({ run, planned: { steps: stepsIn("a") } }))?.run?.steps?.total).toBe(1);
    expect(await reasonOf(own?.planSteps({ run: other, planned: { steps: stepsIn("a") } }) ?? Promise.resolve())).not.toBeUndefined();
  });
});
