import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status, type Step } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { WatchRunResponse } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

describe.each(dialects)("watches on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  /** Follows a run until the signal, cutting the watch now and then and resuming it where it was. */
  async function follow(run: string, until: AbortSignal) {
    const steps = new Map<string, Step>();
    let [revision, status, cuts] = [0n, Status.UNSPECIFIED as Status, 0];
    for (let replica = 0; !until.aborted; replica = 1 - replica, cuts++) {
      const cut = AbortSignal.any([until, AbortSignal.timeout(120)]);
      try {
        for await (const { part } of runClient(here, replica).watchRun({ run, afterRevision: revision }, { signal: cut })) {
          if (part.case === "run") status = part.value.status;
          if (part.case === "steps") for (const step of part.value.steps) steps.set(step.name, step);
          if (part.case === "current") {
            expect(part.value).toBeGreaterThanOrEqual(revision);
            revision = part.value;
          }
        }
      } catch (error) {
        if (!cut.aborted) throw error;
      }
    }
    return { steps, revision, status, cuts };
  }

  test("a watch that is cut and resumed misses nothing under concurrent reports", async () => {
    const run = await here.run();
    const done = new AbortController();
    const watched = follow(run, done.signal);
    const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
    await Promise.all(
      names.map(async (step, i) => {
        const client = reportClient(here, i % 2);
        await client.startStep({ run, step });
        await client.endStep({ run, step, ended: { status: Status.COMPLETED } });
      }),
    );
    await reportClient(here).endRun({ run, ended: { status: Status.COMPLETED } });
    const { run: now } = await runClient(here).getRun({ run });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    done.abort();
    const { steps, revision, status, cuts } = await watched;
    expect(cuts).toBeGreaterThan(1);
    expect(revision).toBe(now?.revision);
    expect(status).toBe(Status.COMPLETED);
    expect(names.every((name) => steps.get(name)?.status === Status.COMPLETED)).toBe(true);
  });

  test("changes that come fast reach a watcher joined, and none is left out", async () => {
    const run = await here.run();
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
    const began = performance.now();
    const reporting = (async () => {
      for (const step of names) await reportClient(here).startStep({ run, step });
    })();
    const seen = new Set<string>();
    const revisions: bigint[] = [];
    for await (const { part } of runClient(here, 1).watchRun({ run })) {
      if (part.case === "steps") for (const { name } of part.value.steps) seen.add(name);
      if (part.case !== "current") continue;
      expect(part.value).toBeGreaterThan(revisions.at(-1) ?? 0n);
      revisions.push(part.value);
      if (seen.size === names.length) break;
    }
    // It is looked every 50 ms at most; what it begins with and what it ends with come on top.
    expect(revisions.length).toBeLessThanOrEqual((performance.now() - began) / 50 + 2);
    await reporting;
    expect([...seen].sort()).toEqual([...names].sort());
  });

  test("a watcher that does not read is sent what happened meanwhile once, as it is when it reads again", async () => {
    const run = await here.run();
    const parts = runClient(here).watchRun({ run })[Symbol.asyncIterator]();
    const untilCurrent = async () => {
      const read: WatchRunResponse["part"][] = [];
      do read.push((await parts.next()).value.part);
      while (read.at(-1)?.case !== "current");
      return read;
    };
    await untilCurrent();
    for (let i = 0; i < 20; i++) await reportClient(here).startStep({ run, step: `s${i}` });
    for (let i = 0; i < 20; i++) await reportClient(here).endStep({ run, step: `s${i}`, ended: { status: Status.COMPLETED } });
    const { run: now } = await runClient(here).getRun({ run });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const read = await untilCurrent();
    expect(read.map((part) => part.case)).toEqual(["run", "steps", "current"]);
    expect(read[2]?.value).toBe(now?.revision);
    expect(read[1]?.case === "steps" && read[1].value.steps.map(({ status }) => status)).toEqual(Array(20).fill(Status.COMPLETED));
    await parts.return?.();
  });

  test("a watch that knows of more than there is begins anew", async () => {
    const run = await here.run();
    await reportClient(here).startStep({ run, step: "a" });
    const seen: (string | undefined)[] = [];
    for await (const { part } of runClient(here).watchRun({ run, afterRevision: 1000n })) {
      seen.push(part.case);
      if (part.case === "current") break;
    }
    expect(seen).toEqual(["resync", "run", "steps", "current"]);
  });

  test("a watch of all runs misses nothing that changes, and goes on from its cursor", async () => {
    let cursor = "";
    const seen = new Set<string>();
    async function read(until: (ids: ReadonlySet<string>) => boolean) {
      for await (const { runs, cursor: now, resync } of runClient(here).watchRuns({ cursor })) {
        expect(resync).toBe(false);
        for (const { id } of runs) seen.add(id);
        cursor = now;
        if (until(seen)) return;
      }
    }
    await read(() => true);
    const first = await here.run();
    await read((ids) => ids.has(first));
    const others = await Promise.all(Array.from({ length: 10 }, () => here.run()));
    await read((ids) => others.every((id) => ids.has(id)));
    expect(await reasonOf(runClient(here).watchRuns({ cursor: "nonsense" })[Symbol.asyncIterator]().next())).toBe(
      Reason.PAGE_TOKEN_INVALID,
    );
  });
});
