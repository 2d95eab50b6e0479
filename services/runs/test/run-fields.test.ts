import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

const seconds = (count: number) => ({ seconds: BigInt(count), nanos: 0 });

describe.each(dialects)("what is known of a run on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  }, 60_000);
  afterAll(() => here.close());

  test("is when it began, where it is recorded afterwards, and when it ended", async () => {
    const { project } = here;
    const [startTime, time] = [seconds(1_700_000_000), seconds(1_700_000_600)];
    const snapshot = here.snapshot();
    const request = { id: newUuid(), project, snapshot, startTime, statusReason: "brought over from another server" };
    const { run } = await runClient(here).createRun(request);
    expect(run).toMatchObject({ status: Status.RUNNING, startTime, statusReason: request.statusReason });
    expect((await runClient(here).createRun(request)).created).toBe(false);
    await reportClient(here).startStep({ run: run?.id ?? "", step: "load", time: startTime });
    await reportClient(here).endStep({ run: run?.id ?? "", step: "load", time, ended: { status: Status.COMPLETED } });
    const { run: ended } = await reportClient(here).endRun({ run: run?.id ?? "", time, ended: { status: Status.COMPLETED } });
    expect(ended).toMatchObject({ status: Status.COMPLETED, startTime, endTime: time });
  });

  test("is what was logged for it as a whole, by the latest value of each key", async () => {
    const run = await here.run();
    expect((await runClient(here).getRun({ run })).run?.metadata).toEqual({});
    const logged = (value: bigint) => ({
      case: "metadata" as const,
      value: { values: { seed: { kind: { case: "integer" as const, value } } } },
    });
    await reportClient(here).batchReport({ run, reports: [1n, 2n].map((sequence) => ({ sequence, change: logged(sequence) })) });
    expect((await runClient(here).getRun({ run })).run?.metadata.seed?.kind).toEqual({ case: "integer", value: 2n });
  });

  test("is how long it may be silent, and a step of it, which each may say anew", async () => {
    const { project } = here;
    const { run } = await runClient(here).createRun({
      id: newUuid(),
      project,
      snapshot: here.snapshot(),
      running: true,
      heartbeatTimeout: seconds(60),
    });
    const id = run?.id ?? "";
    expect(run?.heartbeatTimeout).toMatchObject(seconds(60));
    await reportClient(here).startStep({ run: id, step: "train" });
    const quiet = await reportClient(here).heartbeat({ run: id, step: "train" });
    expect(quiet).toMatchObject({ status: Status.RUNNING, runStatus: Status.RUNNING, awaited: false });
    expect((await reportClient(here).heartbeat({ run: id, step: "train", timeout: seconds(30) })).awaited).toBe(true);
    expect((await runClient(here).getStep({ run: id, step: "train" })).step?.heartbeatTimeout).toMatchObject(seconds(30));
    expect((await reportClient(here).heartbeat({ run: id, timeout: seconds(90) })).awaited).toBe(true);
    expect((await runClient(here).getRun({ run: id })).run?.heartbeatTimeout).toMatchObject(seconds(90));
  });
});
