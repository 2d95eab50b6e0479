import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { numbering, openReporter } from "./stream.ts";

describe.each(dialects)("two replicas on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
  });
  afterAll(() => here.close());

  test("fifty who create the same run at once get one run", async () => {
    const snapshot = here.snapshot();
    const request = { project: here.project, snapshot, orchestratorRun: "job", running: true };
    const made = await Promise.all(Array.from({ length: 50 }, (_, i) => runClient(here, i % 2).createRun(request)));
    expect(new Set(made.map(({ run }) => run?.id)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
  });

  test("fifty who claim the same placeholder at once get one run, and other placeholders stay", async () => {
    const snapshot = here.snapshot();
    const waiting = [];
    for (let i = 0; i < 3; i++) waiting.push((await runClient(here).createRun({ project: here.project, snapshot })).run?.id);
    const request = { project: here.project, snapshot, orchestratorRun: "job" };
    const made = await Promise.all(Array.from({ length: 50 }, (_, i) => runClient(here, i % 2).createRun(request)));
    expect(new Set(made.map(({ run }) => run?.id)).size).toBe(1);
    expect(waiting).toContain(made[0]?.run?.id);
    const { runs } = await runClient(here).listRuns({ filter: `snapshot = "${snapshot}" AND orchestrator_run = ""` });
    expect(runs).toHaveLength(2);
  });

  test("twenty who create runs with one name get one run and nineteen refusals", async () => {
    const snapshot = here.snapshot();
    const name = `r-${newUuid()}`;
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => runClient(here, i % 2).createRun({ id: newUuid(), project: here.project, snapshot, name })),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("two times three hundred who do not name their runs get as many names", async () => {
    const snapshot = here.snapshot();
    const names = new Set<string | undefined>();
    for (let round = 0; round < 2; round++) {
      const made = await Promise.all(
        Array.from({ length: 300 }, (_, i) => runClient(here, i % 2).createRun({ project: here.project, snapshot })),
      );
      for (const { run } of made) names.add(run?.name);
    }
    expect(names.size).toBe(600);
  });

  test("what the other replica did counts, whatever this one remembers of the run", async () => {
    const run = await here.run();
    const [one, other] = [reportClient(here, 0), reportClient(here, 1)];
    await one.startStep({ run, step: "a" });
    await other.endStep({ run, step: "a", ended: { status: Status.COMPLETED } });
    const { step } = await one.startStep({ run, step: "a" }).catch(() => ({ step: undefined }));
    expect(step?.status ?? Status.COMPLETED).toBe(Status.COMPLETED);
    await one.startStep({ run, step: "b" });
    await other.endStep({ run, step: "b", ended: { status: Status.COMPLETED } });
    await one.startStep({ run, step: "c" });
    await runClient(here, 1).stopRun({ run });
    expect(await one.heartbeat({ run, step: "c" })).toMatchObject({ stop: { force: false } });
    await one.endStep({ run, step: "c", ended: { status: Status.STOPPED } });
    const { run: ended } = await runClient(here, 1).getRun({ run });
    expect(ended).toMatchObject({ steps: { completed: 2, stopped: 1, running: 0 } });
    await runClient(here, 1).deleteRun({ run });
    await expect(one.endStep({ run, step: "d", ended: { status: Status.COMPLETED } })).rejects.toThrow();
  });

  test("twenty runs of thirty steps, reported at once by streams and calls, count up", async () => {
    const steps = Array.from({ length: 30 }, (_, i) => `step-${i}`);
    const snapshot = here.snapshot({ steps });
    const ids = await Promise.all(Array.from({ length: 20 }, () => here.run(snapshot)));
    const ends = [Status.COMPLETED, Status.SKIPPED, Status.CACHED];
    await Promise.all(
      ids.map(async (run, r) => {
        const next = numbering();
        const stream = openReporter(here, run, { replica: r % 2, reporter: "stream" });
        const calls: Promise<unknown>[] = [];
        for (const [i, step] of steps.entries()) {
          const status = ends[i % 3] as 9;
          const outputs = [{ name: "out", artifactVersion: newUuid() }];
          if (i % 2 === 0) {
            if (status === Status.COMPLETED) stream.send([next(step, { case: "started", value: {} })]);
            stream.send([next(step, { case: "ended", value: { status, outputs } })]);
          } else {
            const client = reportClient(here, (r + 1) % 2);
            calls.push(client.endStep({ run, step, ended: { status, outputs } }));
          }
        }
        await Promise.all(calls);
        await stream.end();
        expect(stream.heard.filter(({ part }) => part.case === "refused")).toEqual([]);
      }),
    );
    for (const id of ids) {
      const { run } = await runClient(here).getRun({ run: id });
      expect(run).toMatchObject({
        status: Status.COMPLETED,
        inProgress: false,
        steps: { total: 30, running: 0, completed: 10, skipped: 10, cached: 10 },
      });
      const rows = await here.database.db.selectFrom("runsStep").select(["status", "position"]).where("runId", "=", toId(id)).execute();
      expect(rows).toHaveLength(30);
      expect(rows.filter(({ status }) => status === Status.CACHED)).toHaveLength(10);
      expect(new Set(rows.map(({ position }) => position)).size).toBe(30);
    }
  });
});
