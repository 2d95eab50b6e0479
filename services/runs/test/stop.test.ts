import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { numbering, openReporter } from "./stream.ts";

describe.each(dialects)("stopping on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect, 2);
    for (const part of here.parts) part.startDuties();
  }, 60_000);
  afterAll(() => here.close());

  async function child(parentRun: string, childKey: string, replica = 0): Promise<string> {
    const request = { project: here.project, snapshot: here.snapshot(), running: true, parentRun, childKey };
    return (await runClient(here, replica).createRun(request)).run?.id ?? "";
  }

  /** How its descendants stand, and why. */
  async function below(root: string) {
    const { runs } = await runClient(here).listRuns({ filter: `root_run = ${root} AND nested = true`, pageSize: 1000 });
    return new Map(runs.map(({ id, status, statusReason }) => [id, { status, statusReason }]));
  }

  const notes = (run: string) => here.database.db.selectFrom("runsStop").select("force").where("runId", "=", toId(run)).execute();

  test("asks all that a run started, below what has ended too, and nothing else", async () => {
    const root = await here.run();
    const branch = await child(root, "branch");
    const done = await child(root, "done");
    const [leaf, below1] = [await child(branch, "leaf"), await child(done, "still at work")];
    await reportClient(here).endRun({ run: done, ended: { status: Status.COMPLETED } });
    const beside = await here.run();
    const other = await child(beside, "other");
    await runClient(here).stopRun({ run: root, reason: "wrong data" });
    const found = await below(root);
    for (const run of [branch, leaf, below1]) {
      expect(found.get(run)).toEqual({ status: Status.STOPPED, statusReason: "the run that started it was asked to stop: wrong data" });
    }
    expect(found.get(done)?.status).toBe(Status.COMPLETED);
    expect((await below(beside)).get(other)?.status).toBe(Status.RUNNING);
    expect(await notes(root)).toEqual([]);
    expect(await reasonOf(child(root, "another"))).toBe(Reason.RUN_ENDED);
  });

  test("reaches who reports on a descendant, and force reaches them after a graceful stop", async () => {
    const root = await here.run();
    await reportClient(here).startStep({ run: root, step: "a" });
    const leaf = await child(await child(root, "branch"), "leaf");
    const stream = openReporter(here, leaf, { replica: 1 });
    stream.send([numbering()("b", { case: "started", value: {} })]);
    await stream.hears(({ case: kind }) => kind === "acknowledged");
    await runClient(here).stopRun({ run: root });
    await stream.hears((part) => part.case === "stop" && !part.value.force, 2000);
    // It has not ended, and starts nothing any more.
    expect(await reasonOf(child(root, "another"))).toBe(Reason.RUN_ENDED);
    expect((await runClient(here).stopRun({ run: root })).run?.status).toBe(Status.STOPPING);
    await runClient(here).stopRun({ run: root, force: true });
    await stream.hears((part) => part.case === "stop" && part.value.force, 2000);
    const reports = [numbering()("b", { case: "alive", value: {} })];
    expect((await reportClient(here).batchReport({ run: leaf, reports })).stop).toMatchObject({ force: true });
    await stream.leave();
  });

  test("goes on where the process that was asked came to its end", async () => {
    const root = await here.run();
    const leaf = await child(await child(root, "branch"), "leaf");
    // As it is when only the stop itself was written.
    await reportClient(here).endRun({ run: root, ended: { status: Status.STOPPED } });
    const note = { workspaceId: toId(here.world.workspace), runId: toId(root), force: 1, reason: "", createTime: 1 };
    await here.database.db.insertInto("runsStop").values(note).execute();
    await vi.waitFor(async () => expect((await below(root)).get(leaf)?.status).toBe(Status.STOPPED), { timeout: 15_000, interval: 100 });
    await vi.waitFor(async () => expect(await notes(root)).toEqual([]), { timeout: 5_000, interval: 100 });
  }, 30_000);

  test("leaves no child behind that is started meanwhile", async () => {
    for (let round = 0; round < 5; round++) {
      const root = await here.run();
      await reportClient(here).startStep({ run: root, step: "a" });
      await child(root, "first");
      const started = Array.from({ length: 20 }, (_, i) => child(root, `fold ${i}`, i % 2));
      const [, ...made] = await Promise.allSettled([runClient(here, 1).stopRun({ run: root }), ...started]);
      const children = made.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      const found = await below(root);
      expect(found.size).toBe(children.length + 1);
      for (const run of children) expect(found.get(run)?.status).toBe(Status.STOPPED);
    }
  });

  test("takes more children than it asks at once", async () => {
    const root = await here.run();
    const first = await child(root, "0");
    const { db } = here.database;
    const row = await db.selectFrom("runsRun").selectAll().where("id", "=", toId(first)).executeTakeFirstOrThrow();
    const rows = Array.from({ length: 250 }, (_, i) => {
      const id = toId(newUuid());
      return { ...row, id, name: `many-${i}-${root}`, claimKey: Buffer.concat([Buffer.alloc(16, 1), id]) };
    });
    for (let at = 0; at < rows.length; at += 125)
      await db
        .insertInto("runsRun")
        .values(rows.slice(at, at + 125))
        .execute();
    await runClient(here).stopRun({ run: root });
    await vi.waitFor(
      async () => {
        const standing = [...(await below(root)).values()].map(({ status }) => status);
        expect(standing).toHaveLength(251);
        expect(new Set(standing)).toEqual(new Set([Status.STOPPED]));
      },
      { timeout: 15_000, interval: 200 },
    );
  }, 30_000);
});
