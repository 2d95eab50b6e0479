import { create } from "@bufbuild/protobuf";
import { EventSchema, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { fake } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { purgeNoted } from "../src/run/purging.ts";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("projects and pipelines that are deleted on %s", (dialect) => {
  let here: Lab;
  const deleted: { readonly workspace: string; readonly subject: string; readonly kind: string }[] = [];
  const log = fake(EventService, {
    pullEvents: ({ after }) => ({
      upto: BigInt(deleted.length),
      events: deleted.slice(Number(after)).map((event, i) => create(EventSchema, { ...event, sequence: after + BigInt(i + 1) })),
    }),
  });
  beforeAll(async () => {
    deleted.length = 0;
    here = await lab(dialect, 2, [log]);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  const rowsOf = async (run: string) => {
    const own = here.database.db.selectFrom("runsStep").select("id").where("runId", "=", toId(run));
    return (await own.execute()).length;
  };

  test("a pipeline takes its runs along where that is asked, those in progress too, and what they started anywhere", async () => {
    const [pipeline, other] = [newUuid(), newUuid()];
    const of = (owner: string) => here.snapshot({ pipeline: owner });
    const runs = await Promise.all(Array.from({ length: 4 }, () => here.run(of(pipeline))));
    const child = async (parentRun: string, owner: string, childKey = "fold") => {
      const request = { project: here.project, snapshot: of(owner), running: true, parentRun, childKey };
      return (await runClient(here).createRun(request)).run?.id ?? "";
    };
    const started = await child(runs[0] ?? "", other);
    const gone = [...runs, started, await child(started, other)];
    for (const run of gone) await reportClient(here).startStep({ run, step: "a" });
    const parent = await here.run(of(other));
    const kept = [parent, await child(parent, other, "stays")];
    gone.push(await child(parent, pipeline));
    deleted.push({ workspace: here.world.workspace, subject: pipeline, kind: "pipeline.purging" });
    const left = async () => (await runClient(here).listRuns({})).runs.map(({ id }) => id);
    await vi.waitFor(
      async () => {
        expect((await left()).filter((id) => gone.includes(id))).toEqual([]);
        for (const run of gone) expect(await rowsOf(run)).toBe(0);
        const notes = await here.database.db.selectFrom("runsPurge").select("kind").execute();
        expect(notes).toEqual([{ kind: "pipeline" }]);
      },
      { timeout: 15_000, interval: 200 },
    );
    expect((await left()).sort()).toEqual(kept.toSorted());
    // The key that one of them had is free again.
    expect(gone).not.toContain(await child(parent, other));
    const events = await here.database.db.selectFrom("runsOutbox").select("subject").where("kind", "=", "run.deleted").execute();
    expect(events.map(({ subject }) => toUuid(subject)).sort()).toEqual(gone.toSorted());
    for (const { id } of (await runClient(here).listRuns({})).runs)
      await reportClient(here).endRun({ run: id, ended: { status: Status.COMPLETED } });
    await runClient(here).deleteRun({ run: parent });
  });

  test("a purge that is cut off goes on where it was", async () => {
    const pipeline = newUuid();
    const runs = await Promise.all(Array.from({ length: 3 }, () => here.run(here.snapshot({ pipeline }))));
    const note = { workspaceId: toId(here.world.workspace), id: toId(pipeline), kind: "pipeline", createTime: 0 } as const;
    const outbox = { append: async () => {} };
    const context = { database: here.database, outbox, clock: systemClock } as unknown as Parameters<typeof purgeNoted>[0];
    await purgeNoted(context, note, AbortSignal.abort());
    expect((await runClient(here).listRuns({ filter: `pipeline = ${pipeline}` })).runs).toHaveLength(3);
    await Promise.all([1, 2].map(() => purgeNoted(context, note, new AbortController().signal)));
    expect((await runClient(here).listRuns({ filter: `pipeline = ${pipeline}` })).runs).toEqual([]);
    for (const run of runs) expect(await rowsOf(run)).toBe(0);
  });

  test("a project that is deleted takes its runs along, those in progress too, and no others", async () => {
    const gone = async () =>
      (await here.database.db.selectFrom("runsOutbox").select("kind").where("kind", "=", "run.deleted").execute()).length;
    const runs = await Promise.all(Array.from({ length: 5 }, () => here.run()));
    for (const run of runs) await reportClient(here).startStep({ run, step: "a" });
    const { run: kept } = await runClient(here).createRun({ project: here.other, snapshot: here.snapshot({ project: here.other }) });
    const before = await gone();
    deleted.push({ workspace: here.world.workspace, subject: here.project, kind: "project.deleting" });
    await vi.waitFor(
      async () => {
        expect((await runClient(here).listRuns({})).runs.map(({ id }) => id)).toEqual([kept?.id]);
        expect(await here.database.db.selectFrom("runsStep").selectAll().execute()).toEqual([]);
      },
      { timeout: 15_000, interval: 200 },
    );
    expect((await gone()) - before).toBe(5);
  });
});
