import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("the steps of a run on %s", (dialect) => {
  let here: Lab;
  let run: string;

  beforeAll(async () => {
    here = await lab(dialect);
    run = await here.run();
    const reports = reportClient(here);
    await reports.startStep({ run, step: "load", started: { codeHash: "c1" }, time: { seconds: 100n } });
    await reports.endStep({ run, step: "load", ended: { status: Status.COMPLETED } });
    await reports.startStep({ run, step: "train", started: { cacheKey: "k1" }, time: { seconds: 50n } });
    await reports.endStep({ run, step: "train", ended: { status: Status.FAILED, retry: true } });
    await reports.startStep({ run, step: "train", attempt: 2, time: { seconds: 200n } });
    await reports.startStep({ run, step: "evaluate", time: { seconds: 150n } });
    const values = { accuracy: { kind: { case: "number" as const, value: 0.9 } } };
    const points = [{ name: "loss", index: 1n, value: 0.25 }];
    await reports.batchReport({
      run,
      reports: [
        { sequence: 1n, step: "evaluate", change: { case: "metadata", value: { values } } },
        { sequence: 2n, step: "train", attempt: 2, change: { case: "metrics", value: { points } } },
      ],
    });
  }, 60_000);
  afterAll(() => here.close());

  async function names(request: object): Promise<string[]> {
    const { steps } = await runClient(here).listSteps({ run, ...request });
    return steps.map(({ name, attempt }) => (attempt === 1 ? name : `${name} ${attempt}`));
  }

  test.each([
    ["", "", ["load", "train 2", "evaluate"]],
    ["status = RUNNING", "", ["train 2", "evaluate"]],
    ["NOT status = RUNNING", "", ["load"]],
    ["", "name desc", ["train 2", "load", "evaluate"]],
    ["", "start_time", ["load", "evaluate", "train 2"]],
    ["", "status, name", ["evaluate", "train 2", "load"]],
    ["name = t* OR code_hash = c1", "", ["load", "train 2"]],
    ["metadata.accuracy > 0.5", "", ["evaluate"]],
    ["metrics.loss <= 0.25", "", ["train 2"]],
    ["metrics:* OR metadata:*", "name", ["evaluate", "train 2"]],
    ["end_time:*", "", ["load"]],
    ["attempt > 1", "", ["train 2"]],
  ])("%s by %s", async (filter, orderBy, expected) => {
    expect(await names({ filter, orderBy })).toEqual(expected);
  });

  test("with all attempts, in pages, counted", async () => {
    expect(await names({ allAttempts: true, filter: "name = train" })).toEqual(["train", "train 2"]);
    expect(await names({ allAttempts: true, orderBy: "start_time" })).toEqual(["train", "load", "evaluate", "train 2"]);
    const first = await runClient(here).listSteps({ run, orderBy: "name", pageSize: 2, includeTotal: true });
    expect(first).toMatchObject({ totalSize: 3n, steps: [{ name: "evaluate" }, { name: "load" }] });
    const { nextPageToken: pageToken } = first;
    expect(await names({ orderBy: "name", pageSize: 2, pageToken })).toEqual(["train 2"]);
    expect(await reasonOf(runClient(here).listSteps({ run, orderBy: "name desc", pageToken }))).toBe(Reason.PAGE_TOKEN_INVALID);
  });

  test.each([
    [{ filter: "colour = red" }, Reason.FILTER_INVALID],
    [{ filter: "metrics.loss = low" }, Reason.FILTER_INVALID],
    [{ orderBy: "code_hash" }, Reason.ORDER_INVALID],
  ])("not with %o", async (request, reason) => {
    expect(await reasonOf(runClient(here).listSteps({ run, ...request }))).toBe(reason);
  });

  test("of a run with more than 10,000 are searched by what has an index only", async () => {
    const many = await here.run();
    await reportClient(here).startStep({ run: many, step: "model" });
    const { db } = here.database;
    const row = await db.selectFrom("runsStep").selectAll().where("runId", "=", toId(many)).executeTakeFirstOrThrow();
    await multiply(here.database as never, "runs_step", row, { count: 10_001 }, (make, n) => ({
      id: make.id(n),
      position: sql`1 + ${n}`,
      name: make.text("step-", n),
    }));
    expect(await reasonOf(runClient(here).listSteps({ run: many, filter: "status = FAILED" }))).toBe(Reason.TOO_MANY_MATCHES);
    const { steps } = await runClient(here).listSteps({ run: many, filter: "status = RUNNING AND name = step-77*", orderBy: "position" });
    expect(steps.length).toBeGreaterThan(50 - 1);
    expect((await runClient(here).listSteps({ run: many, orderBy: "name desc", pageSize: 1 })).steps[0]?.name).toBe("step-9999");
  });
});
