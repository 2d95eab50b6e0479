import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status, StepKind } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeRun } from "../src/run/purge.ts";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { numbering } from "./stream.ts";

const secondsFromNow = (seconds: number) => ({ seconds: BigInt(Math.floor(Date.now() / 1000) + seconds) });

describe.each(dialects)("what few steps tell on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  }, 60_000);
  afterAll(() => here.close());

  const modelVersion = newUuid();
  const traits = { kind: StepKind.LLM_CALL, modelVersion, substitutions: { date: "2026_05_03" }, cacheExpireTime: secondsFromNow(60) };

  test("is read with them, whoever reads, and costs others no row", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "ask", started: { ...traits, heartbeatTimeout: { seconds: 30n } } });
    await reportClient(here).startStep({ run, step: "plain" });
    const { steps } = await runClient(here).listSteps({ run });
    expect(steps[0]).toMatchObject({ ...traits, heartbeatTimeout: { seconds: 30n, nanos: 0 } });
    expect(steps[1]).toMatchObject({ kind: StepKind.UNSPECIFIED, modelVersion: "", substitutions: {} });
    expect(steps[1]?.cacheExpireTime ?? steps[1]?.heartbeatTimeout).toBeUndefined();
    expect(steps.every(({ createTime }) => createTime !== undefined)).toBe(true);
    expect((await runClient(here).getStep({ run, step: "ask" })).step).toMatchObject(traits);
    const rows = here.database.db.selectFrom("runsStepTrait").selectAll().where("runId", "=", toId(run));
    expect(await rows.execute()).toHaveLength(1);
    await purgeRun(here.database, toId(here.world.workspace), toId(run), new AbortController().signal);
    expect(await rows.execute()).toEqual([]);
  });

  test("counts as it was first said, but for the time that its end says", async () => {
    const run = await here.run();
    const next = numbering();
    const cacheExpireTime = secondsFromNow(120);
    const reports = [
      next("ask", { case: "started", value: { status: Status.INITIALIZING, ...traits } }),
      next("ask", { case: "started", value: { kind: StepKind.TOOL_CALL, substitutions: { date: "other" } } }),
      next("ask", { case: "ended", value: { status: Status.COMPLETED, cacheExpireTime } }),
      next("late", { case: "ended", value: { status: Status.COMPLETED, cacheExpireTime } }),
    ];
    expect((await reportClient(here).batchReport({ run, reports })).refused).toEqual([]);
    const { steps } = await runClient(here).listSteps({ run });
    expect(steps[0]).toMatchObject({ ...traits, cacheExpireTime });
    expect(steps[1]).toMatchObject({ kind: StepKind.UNSPECIFIED, cacheExpireTime });
  });

  test("of inputs is where they are among those of one name, and which part is meant", async () => {
    const run = await here.run();
    const inputs = [
      { name: "rows", artifactVersion: newUuid(), index: 0 },
      { name: "rows", artifactVersion: newUuid(), index: 1, chunkIndex: 3, chunkSize: 100 },
      { name: "model", artifactVersion: newUuid() },
    ];
    await reportClient(here).startStep({ run, step: "map", started: { inputs } });
    const found = (await runClient(here).getStep({ run, step: "map" })).step?.inputs ?? [];
    const byId = new Map(found.map((input) => [input.artifactVersion, input]));
    for (const input of inputs) expect(byId.get(input.artifactVersion)).toMatchObject(input);
    expect(byId.get(inputs[2]?.artifactVersion ?? "")?.index).toBeUndefined();
  });

  test("of the cache is until when it serves, and what it served serves no longer", async () => {
    const run = await here.run();
    const outputs = [{ name: "output", artifactVersion: newUuid() }];
    const [expired, lasting] = [secondsFromNow(-5), secondsFromNow(300)];
    const cached = async (...cacheKeys: string[]) => {
      const { steps } = await runClient(here).findCachedSteps({ project: here.project, cacheKeys });
      return steps.map(({ cacheKey }) => cacheKey);
    };
    const compute = async (step: string, cacheKey: string, cacheExpireTime?: { seconds: bigint }) => {
      await reportClient(here).startStep({ run, step, started: { cacheKey } });
      const ended = { status: Status.COMPLETED, outputs, ...(cacheExpireTime && { cacheExpireTime }) };
      return (await reportClient(here).endStep({ run, step, ended })).step;
    };
    await compute("gone", "k-gone", expired);
    await compute("lasts", "k-lasts", lasting);
    await compute("old", "k-both");
    await compute("new", "k-both", expired);
    expect(await cached("k-gone", "k-lasts")).toEqual(["k-lasts"]);
    // One that has expired does not hide an older one that has not.
    const { steps } = await runClient(here).findCachedSteps({ project: here.project, cacheKeys: ["k-both"] });
    const { step: old } = await runClient(here).getStep({ run, step: "old" });
    expect(steps.map(({ step }) => step)).toEqual([old?.id]);

    // Who asks what to do about a step is to compute it, where what there was has expired.
    const asking = (here.parts[0] as PartUnderTest).client(StepService, as(here));
    for await (const { outcome } of asking.reserveStep({ run, step: "anew", cacheKey: "k-gone" })) expect(outcome.case).toBe("granted");

    const first = (await runClient(here).getStep({ run, step: "lasts" })).step;
    await reportClient(here).startStep({ run, step: "again", started: { cacheKey: "k-lasts", status: Status.INITIALIZING } });
    const later = { status: Status.CACHED, cachedFrom: first?.id ?? "", cacheExpireTime: secondsFromNow(9_000) };
    const { step: again } = await reportClient(here).endStep({ run, step: "again", ended: later });
    expect(again).toMatchObject({ status: Status.CACHED, cacheExpireTime: lasting });
  });

  test("of the cache is changed when the step has ended, and what it served serves no longer from there", async () => {
    const [run, other] = [await here.run(), await here.run()];
    const outputs = [{ name: "output", artifactVersion: newUuid() }];
    const steps = (principal = here.world.developer) => (here.parts[0] as PartUnderTest).client(StepService, { ...as(here), principal });
    const serving = async () => (await runClient(here).findCachedSteps({ project: here.project, cacheKeys: ["k-set"] })).steps[0]?.step;
    await reportClient(here).startStep({ run, step: "prices", started: { cacheKey: "k-set" } });
    expect(await reasonOf(steps().setCacheExpiry({ run, step: "prices" }))).toBe(Reason.TRANSITION_REFUSED);
    const { step: first } = await reportClient(here).endStep({ run, step: "prices", ended: { status: Status.COMPLETED, outputs } });
    const chain: string[] = [first?.id ?? ""];
    for (const name of ["again", "and again"]) {
      await reportClient(here).startStep({ run: other, step: name, started: { cacheKey: "k-set", status: Status.INITIALIZING } });
      const { step } = await reportClient(here).endStep({
        ...{ run: other, step: name },
        ended: { status: Status.CACHED, cachedFrom: chain.at(-1) as string },
      });
      // Whoever served it, it names the step that computed.
      expect(step).toMatchObject({ cachedFrom: first?.id, cachedFromRun: (await runClient(here).getRun({ run })).run?.name });
      chain.push(step?.id ?? "");
    }
    expect(await serving()).toBe(chain[2]);

    const { revision } = (await runClient(here).getRun({ run })).run as { revision: bigint };
    const past = secondsFromNow(-5);
    const { step: expired } = await steps().setCacheExpiry({ run, step: "prices", cacheExpireTime: past });
    expect(expired).toMatchObject({ cacheExpireTime: past, outputs });
    expect((await runClient(here).getRun({ run })).run?.revision).toBe(revision + 1n);
    expect(await serving()).toBeUndefined();

    // For good, which leaves what those that it served were told.
    expect((await steps().setCacheExpiry({ run, step: "prices", attempt: 1 })).step?.cacheExpireTime).toBeUndefined();
    expect(await serving()).toBe(chain[2]);
    const later = secondsFromNow(500);
    expect((await steps().setCacheExpiry({ run: other, step: "again", cacheExpireTime: later })).step).toMatchObject({
      cacheExpireTime: later,
    });

    await reportClient(here).endStep({ run, step: "plain", ended: { status: Status.COMPLETED, outputs } });
    const reader = newUuid();
    teachPerson(here.policy, here.world, reader, "project-viewer", here.project);
    expect(await reasonOf(steps().setCacheExpiry({ run, step: "plain" }))).toBe(Reason.FIELD_INVALID);
    expect(await reasonOf(steps().setCacheExpiry({ run, step: "none" }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(steps(reader).setCacheExpiry({ run, step: "prices" }))).toBe(Reason.PERMISSION_MISSING);
  });
});
