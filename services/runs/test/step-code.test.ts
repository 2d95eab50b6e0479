import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeRun } from "../src/run/purge.ts";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { numbering } from "./stream.ts";

describe.each(dialects)("the code of steps on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  });
  afterAll(() => here.close());

  const code = { docstring: "Trains.", sourceCode: "() => train()" };

  test("is read with a step and not with others, and goes with its run", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "train", started: code });
    await reportClient(here).startStep({ run, step: "plain" });
    expect((await runClient(here).getStep({ run, step: "train" })).step).toMatchObject(code);
    expect((await runClient(here).getStep({ run, step: "plain" })).step).toMatchObject({ docstring: "", sourceCode: "" });
    const { steps } = await runClient(here).listSteps({ run });
    expect(steps.map(({ docstring, sourceCode }) => docstring + sourceCode)).toEqual(["", ""]);
    await reportClient(here).endStep({ run, step: "train", ended: { status: Status.FAILED, retry: false } });
    await runClient(here)
      .stopRun({ run, force: true })
      .catch(() => undefined);
    await reportClient(here).endStep({ run, step: "plain", ended: { status: Status.STOPPED } });
    await runClient(here).deleteRun({ run });
    await purgeRun(here.database, toId(here.world.workspace), toId(run), new AbortController().signal);
    expect(await here.database.db.selectFrom("runsStepCode").selectAll().where("runId", "=", toId(run)).execute()).toEqual([]);
  });

  test("is kept once, and the first that is said of an attempt counts, in one batch too", async () => {
    const run = await here.run();
    const next = numbering();
    const started = (step: string, value: object) => next(step, { case: "started", value });
    const reports = [
      started("a", { status: Status.INITIALIZING, ...code }),
      started("a", { ...code, sourceCode: "() => other()" }),
      started("b", code),
    ];
    expect((await reportClient(here).batchReport({ run, reports })).refused).toEqual([]);
    expect((await runClient(here).getStep({ run, step: "a" })).step).toMatchObject(code);
    expect((await runClient(here).getStep({ run, step: "b" })).step).toMatchObject(code);
  });

  test("that failed is told with its line", async () => {
    const run = await here.run();
    const exception = { type: "Error", message: "m".repeat(60_000), traceback: "t", source: "> 3 | fail()", line: 3 };
    await reportClient(here).endStep({ run, step: "a", ended: { status: Status.FAILED, exception } });
    expect((await runClient(here).getStep({ run, step: "a" })).step?.exception).toMatchObject(exception);
  });
});
