import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import {
  Aggregation,
  GroupingField,
  Measure,
  StatisticsService,
  TimeGranularity,
} from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { monthsBetween } from "../src/statistics/months.ts";
import { as, type Lab, lab, reportClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

const microsOf = (date: string) => Date.parse(date) * 1000;
const field = (value: GroupingField) => ({ case: "field" as const, value });
const time = (value: TimeGranularity) => ({ case: "time" as const, value });

describe.each(dialects)("statistics of runs on %s", (dialect) => {
  let here: Lab;
  /** When each began, how many seconds it took, and the metadata of the whole. */
  const told = [
    { start: "2026-01-31T23:59:59Z", seconds: 10, status: Status.COMPLETED, accuracy: 0.5, branch: "main" },
    { start: "2026-02-01T00:00:00Z", seconds: 20, status: Status.COMPLETED, accuracy: 0.75, branch: "main" },
    { start: "2026-02-02T10:30:00Z", seconds: 60, status: Status.FAILED, branch: "next" },
    { start: "2026-02-02T10:59:59Z", seconds: 0, status: Status.RUNNING },
  ];

  beforeAll(async () => {
    here = await lab(dialect);
    for (const { start, seconds, status, accuracy, branch } of told) {
      const run = await here.run();
      const values = {
        ...(accuracy && { accuracy: { kind: { case: "number" as const, value: accuracy } } }),
        ...(branch && { branch: { kind: { case: "text" as const, value: branch } } }),
      };
      if (branch)
        await reportClient(here).batchReport({ run, reports: [{ sequence: 1n, change: { case: "metadata", value: { values } } }] });
      const outputs = [{ name: "output", artifactVersion: newUuid() }];
      await reportClient(here).endStep({ run, step: "load", ended: { status: Status.CACHED, outputs } });
      await reportClient(here).startStep({ run, step: "train" });
      if (status !== Status.RUNNING) {
        await reportClient(here).endStep({ run, step: "train", ended: { status } });
        await reportClient(here).endRun({ run, ended: { status } });
      }
      const startTime = microsOf(start);
      await here.database.db
        .updateTable("runsRun")
        .set({ startTime, ...(status !== Status.RUNNING && { endTime: startTime + seconds * 1e6 }) })
        .where("id", "=", toId(run))
        .execute();
    }
  }, 60_000);
  afterAll(() => here.close());

  const client = (principal = here.world.developer) =>
    (here.parts[0] as PartUnderTest).client(StatisticsService, { ...as(here), principal });
  async function groups(request: object) {
    const answer = await client().getRunStatistics({ project: here.project, ...request });
    return answer.groups.map(({ keys, values, runCount }) => {
      const plain = Object.entries(keys).map(([name, { kind }]) => [name, kind.value]);
      return { ...Object.fromEntries(plain), ...values, runs: Number(runCount) };
    });
  }

  test("without groupings are of all of them", async () => {
    const metrics = [
      { name: "took", aggregation: Aggregation.AVERAGE, of: { case: "measure", value: Measure.DURATION } },
      { name: "longest", aggregation: Aggregation.MAX, of: { case: "measure", value: Measure.DURATION } },
      { name: "steps", aggregation: Aggregation.SUM, of: { case: "measure", value: Measure.STEP_COUNT } },
      { name: "cached", aggregation: Aggregation.SUM, of: { case: "measure", value: Measure.CACHED_STEP_COUNT } },
      { name: "outputs", aggregation: Aggregation.MIN, of: { case: "measure", value: Measure.OUTPUT_ARTIFACT_COUNT } },
      { name: "accuracy", aggregation: Aggregation.AVERAGE, of: { case: "metadataKey", value: "accuracy" } },
      { name: "nothing", aggregation: Aggregation.SUM, of: { case: "metadataKey", value: "branch" } },
    ];
    expect(await groups({ metrics })).toEqual([{ took: 30, longest: 60, steps: 8, cached: 4, outputs: 1, accuracy: 0.625, runs: 4 }]);
    expect(await groups({ project: here.other })).toEqual([{ runs: 0 }]);
  });

  test("are grouped by where they stand, whose they are, and what they logged", async () => {
    const byStatus = [{ name: "status", by: field(GroupingField.STATUS) }];
    expect(await groups({ groupings: byStatus })).toEqual([
      { status: "COMPLETED", runs: 2 },
      { status: "RUNNING", runs: 1 },
      { status: "FAILED", runs: 1 },
    ]);
    expect(await groups({ groupings: byStatus, filter: "status = FAILED" })).toEqual([{ status: "FAILED", runs: 1 }]);
    const byBranch = [{ name: "branch", by: { case: "metadataKey", value: "branch" } }];
    expect((await groups({ groupings: byBranch })).toSorted((a, b) => (String(a.branch) < String(b.branch) ? -1 : 1))).toEqual([
      { branch: "main", runs: 2 },
      { branch: "next", runs: 1 },
      { runs: 1 },
    ]);
    const byAccuracy = [{ name: "accuracy", by: { case: "metadataKey", value: "accuracy" } }];
    expect((await groups({ groupings: byAccuracy, filter: "metadata:accuracy" })).map(({ accuracy }) => accuracy).toSorted()).toEqual([
      0.5, 0.75,
    ]);
    const groupings = [
      { name: "owner", by: field(GroupingField.OWNER) },
      { name: "pipeline", by: field(GroupingField.PIPELINE) },
      { name: "stack", by: field(GroupingField.STACK) },
      { name: "tag", by: field(GroupingField.TAG) },
    ];
    const [group] = (await client().getRunStatistics({ groupings })).groups;
    expect(group).toMatchObject({ names: { owner: "dev", pipeline: "penguins" }, runCount: 4n });
    expect(group?.keys).toMatchObject({ owner: { kind: { value: here.world.developer } } });
    expect(Object.keys(group?.keys ?? {}).toSorted()).toEqual(["owner", "pipeline"]);
  });

  test.each([
    [TimeGranularity.HOUR, ["2026-01-31T23:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-02-02T10:00:00.000Z"]],
    [TimeGranularity.DAY, ["2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z"]],
    [TimeGranularity.WEEK, ["2026-01-26T00:00:00.000Z", "2026-02-02T00:00:00.000Z"]],
    [TimeGranularity.MONTH, ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]],
  ])("are grouped by when they began: %s", async (granularity, expected) => {
    const found = await groups({ groupings: [{ name: "when", by: time(granularity) }] });
    expect(found.map(({ when }) => when).toSorted()).toEqual(expected);
    expect(found.reduce((sum, { runs }) => sum + runs, 0)).toBe(4);
  });

  test("have as many groups as were asked for, those with the most runs first", async () => {
    const groupings = [{ name: "day", by: time(TimeGranularity.DAY) }];
    const { groups: some, truncated } = await client().getRunStatistics({ project: here.project, groupings, maxGroups: 1 });
    expect(some).toMatchObject([{ keys: { day: { kind: { value: "2026-02-02T00:00:00.000Z" } } }, runCount: 2n }]);
    expect(truncated).toBe(true);
  });

  test("are of what the caller may see", async () => {
    const other = newUuid();
    teachPerson(here.policy, here.world, other, "project-viewer", here.other);
    expect((await client(other).getRunStatistics({})).groups).toMatchObject([{ runCount: 0n }]);
  });

  test.each([
    [{ filter: "colour = red" }, Reason.FILTER_INVALID],
    [
      {
        groupings: [
          { name: "a", by: field(GroupingField.STATUS) },
          { name: "a", by: field(GroupingField.OWNER) },
        ],
      },
      Reason.FIELD_INVALID,
    ],
    [{ groupings: [{ name: "a" }] }, Reason.FIELD_INVALID],
  ])("are not asked like %o", async (request, reason) => {
    expect(await reasonOf(client().getRunStatistics(request as object))).toBe(reason);
  });

  test("look at 100,000 runs at most", async () => {
    const { db } = here.database;
    const row = await db.selectFrom("runsRun").selectAll().where("status", "=", Status.FAILED).executeTakeFirstOrThrow();
    await multiply(here.database as never, "runs_run", row, { count: 100_000 }, (make, n) => ({
      id: make.id(n),
      name: make.text("many-", n),
      claimKey: make.hash(n),
      status: sql`${Status.STOPPED}`,
    }));
    const asked = client().getRunStatistics({ project: here.project });
    expect(await reasonOf(asked)).toBe(Reason.TOO_MANY_MATCHES);
    expect(await groups({ filter: "status = COMPLETED" })).toEqual([{ runs: 2 }]);
  }, 120_000);
});

test("months begin where they do", () => {
  expect(monthsBetween(microsOf("2025-12-31T23:59:59Z"), microsOf("2026-02-01T00:00:00Z"))).toEqual(
    ["2025-12-01", "2026-01-01", "2026-02-01"].map(microsOf),
  );
});
