import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { CachedStep } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type ReserveStepResponse, StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reservationStore } from "../src/reservation/store.ts";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("reservations on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  const step = "features";
  const hold = { seconds: 5n };
  const outputs = () => [{ name: "out", artifactVersion: newUuid() }];
  const stepClient = (replica: number) => (here.parts[replica] as PartUnderTest).client(StepService, as(here));

  interface Asked {
    readonly cached?: CachedStep;
    /** Whether the caller is to compute. */
    readonly granted: boolean;
    /** Whose end was waited for, in order. */
    readonly waitedFor: readonly string[];
  }

  /** Asks on behalf of a run and waits for what it is to do. */
  async function ask(
    run: string,
    cacheKey: string,
    { replica = 0, attempt = 1, name = step, signal = new AbortController().signal, waits = () => {} } = {},
  ): Promise<Asked> {
    const waitedFor: string[] = [];
    let last: ReserveStepResponse["outcome"] = { case: undefined };
    for await (const { outcome } of stepClient(replica).reserveStep({ run, step: name, attempt, cacheKey, hold }, { signal })) {
      last = outcome;
      if (outcome.case !== "held") continue;
      waits();
      if (waitedFor.at(-1) !== outcome.value.run) waitedFor.push(outcome.value.run);
    }
    return last.case === "cached" ? { cached: last.value, granted: false, waitedFor } : { granted: last.case === "granted", waitedFor };
  }

  const start = (run: string, cacheKey: string, started = {}) =>
    reportClient(here).startStep({ run, step, started: { cacheKey, ...started } });
  const complete = (run: string, some = outputs()) =>
    reportClient(here).endStep({ run, step, ended: { status: Status.COMPLETED, outputs: some } });
  const serve = (run: string, { step: cachedFrom, outputs: some }: CachedStep) =>
    reportClient(here).endStep({ run, step, ended: { status: Status.CACHED, cachedFrom, outputs: some } });
  const runs = (count: number) => Promise.all(Array.from({ length: count }, () => here.run()));
  test("of twenty who need the same at once one computes it, and the others get what it produced", async () => {
    const [key, ids] = [newUuid(), await runs(20)];
    let computing = 0;
    let computed = 0;
    const done = await Promise.all(
      ids.map(async (run, i) => {
        const asked = await ask(run, key, { replica: i % 2 });
        if (asked.cached) {
          await serve(run, asked.cached);
          return asked;
        }
        computing += 1;
        expect(computing).toBe(1);
        await start(run, key);
        computed += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        computing -= 1;
        await complete(run);
        return asked;
      }),
    );
    expect(computed).toBe(1);
    const served = done.flatMap(({ cached }) => cached ?? []);
    expect(served).toHaveLength(19);
    expect(new Set(served.map(({ outputs: [output] }) => output?.artifactVersion)).size).toBe(1);
    // It is found without waiting from then on.
    expect((await ask(await here.run(), key)).waitedFor).toEqual([]);
  });

  test("whoever holds a key is told, and asking again prolongs", async () => {
    const [key, [one, other] = []] = [newUuid(), await runs(2)];
    const run = one as string;
    expect(await ask(run, key)).toMatchObject({ granted: true, waitedFor: [] });
    expect(await ask(run, key)).toMatchObject({ granted: true, waitedFor: [] });
    const { run: holder } = await runClient(here).getRun({ run });
    for await (const { outcome } of stepClient(1).reserveStep({ run: other as string, step, cacheKey: key })) {
      expect(outcome).toMatchObject({ case: "held", value: { run, runName: holder?.name, step, attempt: 1 } });
      expect(Number(outcome.case === "held" && outcome.value.expireTime?.seconds)).toBeGreaterThan(Date.now() / 1000);
      break;
    }
  });

  describe("when its holder", () => {
    const falls: Readonly<Record<string, (run: string, key: string) => Promise<unknown>>> = {
      "dies before it begins": async () => {},
      "dies at work": (run, key) => start(run, key, { heartbeatTimeout: hold }),
      "dies at work without a heartbeat": (run, key) => start(run, key),
      fails: async (run, key) => {
        await start(run, key);
        await reportClient(here).endStep({ run, step, ended: { status: Status.FAILED } });
      },
      "is tried again": async (run, key) => {
        await start(run, key);
        await reportClient(here).endStep({ run, step, ended: { status: Status.FAILED, retry: true } });
      },
      "ends as a run": (run) => reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } }),
      "is deleted": async (run) => {
        await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
        await runClient(here).deleteRun({ run });
      },
    };

    test.concurrent.each(Object.keys(falls))("%s, one of those who wait takes over", async (fall) => {
      const [key, [dying, ...others] = []] = [newUuid(), await runs(6)];
      const run = dying as string;
      await ask(run, key);
      let computing = 0;
      const waiting = others.map(() => Promise.withResolvers<void>());
      const all = Promise.all(
        others.map(async (other, i) => {
          const asked = await ask(other, key, { replica: i % 2, waits: waiting[i]?.resolve });
          if (asked.cached) return asked;
          computing += 1;
          await start(other, key);
          await complete(other);
          return asked;
        }),
      );
      await Promise.all(waiting.map(({ promise }) => promise));
      await falls[fall]?.(run, key);
      const fell = performance.now();
      const done = await all;
      expect(computing).toBe(1);
      expect(done.filter(({ cached }) => cached)).toHaveLength(4);
      // Within the time for which it may be silent, and a second.
      expect(performance.now() - fell).toBeLessThan(15_000);
    });
  });

  test("a holder that is heard of holds on, however long it takes", async () => {
    const [key, [one, other] = []] = [newUuid(), await runs(2)];
    const run = one as string;
    await ask(run, key);
    await start(run, key, { heartbeatTimeout: { seconds: 60n } });
    const { db } = here.database;
    await db.updateTable("runsReservation").set({ expiresTime: 1 }).where("step", "=", step).execute();
    const store = reservationStore(here.database);
    await store.tidy(1000);
    const leaving = new AbortController();
    await reasonOf(ask(other as string, key, { signal: leaving.signal, waits: () => leaving.abort() }));
    await complete(run);
    expect((await ask(other as string, key)).cached).toBeDefined();
    await db.updateTable("runsReservation").set({ expiresTime: 1 }).execute();
    await store.tidy(1000);
    expect(await db.selectFrom("runsReservation").selectAll().execute()).toEqual([]);
  });

  test("where what was computed leaves nothing to serve, nobody waits for the next", async () => {
    const [key, [first, ...others] = []] = [newUuid(), await runs(4)];
    await ask(first as string, key);
    await start(first as string, key);
    const waits = others.map(() => Promise.withResolvers<void>());
    const waiting = Promise.all(others.map((run, i) => ask(run, key, { waits: waits[i]?.resolve })));
    await Promise.all(waits.map(({ promise }) => promise));
    await complete(first as string, []);
    expect((await waiting).map(({ granted }) => granted)).toEqual([true, true, true]);
  });

  test("keys of different projects are different keys", async () => {
    const key = newUuid();
    const project = here.other;
    const [mine, snapshot] = [await here.run(), here.snapshot({ project })];
    const { run: theirs } = await runClient(here).createRun({ project, snapshot, running: true });
    expect(await ask(mine, key)).toMatchObject({ granted: true });
    expect(await ask(theirs?.id ?? "", key)).toMatchObject({ granted: true, waitedFor: [] });
  });

  test("who has nothing left to do reserves nothing", async () => {
    const key = newUuid();
    const run = await here.run();
    await start(run, key);
    await reportClient(here).endStep({ run, step, ended: { status: Status.FAILED, retry: true } });
    expect(await reasonOf(ask(run, key))).toBe(Reason.TRANSITION_REFUSED);
    await reportClient(here).startStep({ run, step, attempt: 2, started: { cacheKey: key } });
    expect(await reasonOf(ask(run, key))).toBe(Reason.ATTEMPT_STALE);
    expect(await ask(run, key, { attempt: 2 })).toMatchObject({ granted: true });
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    await reportClient(here).endStep({ run, step, attempt: 2, ended: { status: Status.COMPLETED } });
    expect(await reasonOf(ask(run, key, { name: "another" }))).toBe(Reason.RUN_ENDED);
    expect(await reasonOf(ask(newUuid(), key))).toBe(Reason.NOT_FOUND);
  });
});
