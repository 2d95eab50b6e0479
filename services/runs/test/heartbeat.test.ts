import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { never } from "../src/tables.ts";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("heartbeats on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  const heartbeatTimeout = { seconds: 5n };
  const stepOf = (run: string) =>
    here.database.db.selectFrom("runsStep").selectAll().where("runId", "=", toId(run)).executeTakeFirstOrThrow();
  /** Lets so many microseconds pass since anything was heard of a run. */
  async function age(run: string, micros: number): Promise<void> {
    const { db } = here.database;
    const before = (time: number) => Math.max(1, time - micros);
    for (const { position, heartbeatExpiresTime } of await db.selectFrom("runsStep").selectAll().where("runId", "=", toId(run)).execute()) {
      if (heartbeatExpiresTime === never) continue;
      const set = { heartbeatExpiresTime: before(heartbeatExpiresTime) };
      await db.updateTable("runsStep").set(set).where("runId", "=", toId(run)).where("position", "=", position).execute();
    }
    const { heartbeatExpiresTime } = await db.selectFrom("runsRun").selectAll().where("id", "=", toId(run)).executeTakeFirstOrThrow();
    if (heartbeatExpiresTime === never) return;
    await db
      .updateTable("runsRun")
      .set({ heartbeatExpiresTime: before(heartbeatExpiresTime) })
      .where("id", "=", toId(run))
      .execute();
  }
  const ended = (run: string) =>
    vi.waitFor(
      async () => {
        const { run: now } = await runClient(here).getRun({ run });
        expect(now?.inProgress).toBe(false);
        return now;
      },
      { timeout: 8000, interval: 100 },
    );

  test("a step of which nothing is heard fails, and its run with it", async () => {
    const run = await here.run(here.snapshot({ steps: ["a"] }));
    await reportClient(here).startStep({ run, step: "a", started: { heartbeatTimeout } });
    await age(run, 10e6);
    expect(await ended(run)).toMatchObject({ status: Status.FAILED, statusReason: 'step "a" failed: no heartbeat for 5 s' });
    const { step } = await runClient(here).getStep({ run, step: "a" });
    expect(step).toMatchObject({ status: Status.FAILED, statusReason: "no heartbeat for 5 s" });
    const events = await here.database.db.selectFrom("runsEvent").selectAll().where("runId", "=", toId(run)).execute();
    expect(events.filter(({ kind }) => kind === "step.failed")).toHaveLength(1);
  });

  test("a run of which nothing is heard fails, with all that had not ended", async () => {
    const snapshot = here.snapshot();
    const { run: made } = await runClient(here).createRun({ project: here.project, snapshot, running: true, heartbeatTimeout });
    const run = made?.id ?? "";
    await reportClient(here).startStep({ run, step: "a" });
    await age(run, 10e6);
    expect(await ended(run)).toMatchObject({
      status: Status.FAILED,
      statusReason: "no heartbeat for 5 s",
      steps: { failed: 1, running: 0 },
    });
  });

  test("a run that does not follow a forced stop is taken for lost", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "a" });
    await runClient(here).stopRun({ run, force: true });
    await age(run, 400e6);
    expect(await ended(run)).toMatchObject({ status: Status.STOPPED, steps: { stopped: 1, running: 0 } });
  });

  test("signs of life are written only when a third of the time is used up", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "a", started: { heartbeatTimeout: { seconds: 60n } } });
    const first = await stepOf(run);
    await reportClient(here).heartbeat({ run, step: "a" });
    expect((await stepOf(run)).heartbeatExpiresTime).toBe(first.heartbeatExpiresTime);
    await age(run, 30e6);
    await reportClient(here).heartbeat({ run, step: "a" });
    const renewed = await stepOf(run);
    expect(renewed.heartbeatExpiresTime).toBeGreaterThan(first.heartbeatExpiresTime - 30e6);
    expect(renewed.revision).toBe(first.revision);
    expect(renewed.heartbeatExpiresTime - systemClock()).toBeGreaterThan(50e6);
  });
});
