import { create } from "@bufbuild/protobuf";
import { EventSchema, EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { fake } from "@signalbox/runtime/testing/part.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

describe.each(dialects)("projects on %s", (dialect) => {
  let here: Lab;
  const deleted: { readonly workspace: string; readonly subject: string }[] = [];
  const log = fake(EventService, {
    pullEvents: ({ after }) => ({
      upto: BigInt(deleted.length),
      events: deleted
        .slice(Number(after))
        .map((event, i) => create(EventSchema, { ...event, kind: "project.deleting", sequence: after + BigInt(i + 1) })),
    }),
  });
  beforeAll(async () => {
    deleted.length = 0;
    here = await lab(dialect, 2, [log]);
    for (const part of here.parts) part.startDuties();
  });
  afterAll(() => here.close());

  test("a project that is deleted takes its runs along, those in progress too, and no others", async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, () => here.run()));
    for (const run of runs) await reportClient(here).startStep({ run, step: "a" });
    const { run: kept } = await runClient(here).createRun({ project: here.other, snapshot: here.snapshot({ project: here.other }) });
    deleted.push({ workspace: here.world.workspace, subject: here.project });
    await vi.waitFor(
      async () => {
        expect((await runClient(here).listRuns({})).runs.map(({ id }) => id)).toEqual([kept?.id]);
        expect(await here.database.db.selectFrom("runsStep").selectAll().execute()).toEqual([]);
      },
      { timeout: 15_000, interval: 200 },
    );
    const events = await here.database.db.selectFrom("runsOutbox").select("kind").where("kind", "=", "run.deleted").execute();
    expect(events).toHaveLength(5);
  });
});
