import { LineageDirection, LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("lineage on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  });
  afterAll(() => here.close());

  const lineage = (principal = here.world.developer) => here.parts[0]?.client(LineageService, { ...as(here), principal });
  const ended = { status: Status.COMPLETED } as const;

  test("leads over runs, and through cached steps to where something was computed", async () => {
    const [raw, tidy, weights] = [newUuid(), newUuid(), newUuid()];
    const [first, second] = [await here.run(), await here.run()];
    const client = reportClient(here);
    await client.endStep({ run: first, step: "load", ended: { ...ended, outputs: [{ name: "raw", artifactVersion: raw }] } });
    await client.startStep({ run: first, step: "clean", started: { inputs: [{ name: "raw", artifactVersion: raw }] } });
    const clean = await client.endStep({
      run: first,
      step: "clean",
      ended: { ...ended, outputs: [{ name: "tidy", artifactVersion: tidy }] },
    });
    await client.endStep({ run: second, step: "clean", ended: { status: Status.CACHED, cachedFrom: clean.step?.id ?? "" } });
    await client.startStep({ run: second, step: "train", started: { inputs: [{ name: "data", artifactVersion: tidy }] } });
    await client.endStep({ run: second, step: "train", ended: { ...ended, outputs: [{ name: "weights", artifactVersion: weights }] } });

    const up = await lineage()?.getLineage({ artifactVersion: weights, direction: LineageDirection.UP });
    expect(up?.steps.map(({ name, hops }) => `${name} ${hops}`)).toEqual(["train 1", "clean 2", "clean 2", "load 3"]);
    expect(up?.artifacts.map(({ artifactVersion }) => artifactVersion)).toEqual([weights, tidy, raw]);
    expect(up?.truncated).toBe(false);
    const down = await lineage()?.getLineage({ artifactVersion: raw, direction: LineageDirection.DOWN, maxHops: 1 });
    expect(down?.steps.map(({ name }) => name)).toEqual(["clean"]);
    expect(down?.truncated).toBe(true);
    const unseen = await lineage(here.world.stranger)?.getLineage({ artifactVersion: weights, direction: LineageDirection.UP });
    expect(unseen?.steps).toEqual([]);
  });

  test("other services hear which runs have ended", async () => {
    const [open, over] = [await here.run(), await here.run()];
    await reportClient(here).endRun({ run: over, ended });
    const states = here.parts[0]?.client(RunStateService, { service: "artifacts" });
    const answer = await states?.batchGetRunStates({ workspace: here.world.workspace, runs: [open, over, newUuid()] });
    expect(new Map(answer?.states.map(({ run, endTime }) => [run, endTime !== undefined]))).toEqual(
      new Map([
        [open, false],
        [over, true],
      ]),
    );
    expect((await runClient(here).getRun({ run: over })).run?.status).toBe(Status.COMPLETED);
  });
});
