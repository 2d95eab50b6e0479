import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { Status, StepKind } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import type { PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, registryModel, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

const stepClient = (of: Lab, principal = of.world.developer) =>
  (of.parts[0] as PartUnderTest).client(StepService, { ...as(of), principal });

describe.each(dialects)("the steps of a project on %s", (dialect) => {
  let here: Lab;
  let snapshot: string;
  const runs: string[] = [];
  const modelVersion = newUuid();
  const cacheExpireTime = { seconds: 1_700_000_000n };

  beforeAll(async () => {
    here = await lab(dialect, 1, [registryModel("penguins", [modelVersion, newUuid()])]);
    snapshot = here.snapshot();
    runs.push(await here.run(snapshot), await here.run());
    const reports = reportClient(here);
    const [first = "", second = ""] = runs;
    await reports.startStep({ run: first, step: "load", started: { codeHash: "c1", cacheKey: "k1" } });
    await reports.endStep({ run: first, step: "load", ended: { status: Status.COMPLETED } });
    await reports.startStep({ run: second, step: "load", started: { codeHash: "c2" } });
    await reports.startStep({ run: first, step: "train", started: { modelVersion, kind: StepKind.TOOL_CALL, cacheExpireTime } });
    await reports.endStep({ run: first, step: "train", ended: { status: Status.FAILED, retry: true } });
    await reports.startStep({ run: first, step: "train", attempt: 2 });
    await reports.endStep({ run: second, step: "load", ended: { status: Status.FAILED } });
    const values = { accuracy: { kind: { case: "number" as const, value: 0.9 } } };
    await reports.batchReport({ run: first, reports: [{ sequence: 1n, step: "load", change: { case: "metadata", value: { values } } }] });
  }, 60_000);
  afterAll(() => here.close());

  async function names(request: object): Promise<string[]> {
    const { steps } = await stepClient(here).listProjectSteps(request);
    return steps.map(({ run, name, attempt }) => `${runs.indexOf(run) + 1} ${name} ${attempt}`);
  }

  const all = ["1 train 2", "1 train 1", "2 load 1", "1 load 1"];

  test.each([
    ["", "", all],
    ["", "create_time", all.toReversed()],
    ["name = load", "", ["2 load 1", "1 load 1"]],
    ["status = FAILED", "", ["2 load 1"]],
    ["status = (FAILED OR RETRIED)", "", ["1 train 1", "2 load 1"]],
    ["name = tr* AND attempt = 2", "", ["1 train 2"]],
    ["cache_key = k1", "", ["1 load 1"]],
    ["NOT code_hash:*", "name desc", ["1 train 2", "1 train 1"]],
    ["metadata.accuracy > 0.5", "", ["1 load 1"]],
    ["end_time:*", "end_time desc", ["2 load 1", "1 train 1", "1 load 1"]],
    ["kind = tool_call", "", ["1 train 1"]],
    ["kind != TOOL_CALL", "", []],
    ["NOT kind = TOOL_CALL", "", ["1 train 2", "2 load 1", "1 load 1"]],
    ["model = penguins", "", ["1 train 1"]],
    ["model = pen* AND name = load", "", []],
    ["NOT model_version:*", "", ["1 train 2", "2 load 1", "1 load 1"]],
    ["cache_expire_time:*", "", ["1 train 1"]],
    ['cache_expire_time < "2023-11-14T22:13:20Z"', "", []],
    ['cache_expire_time <= "2023-11-14T22:13:20Z"', "", ["1 train 1"]],
    ["cache_expired = true", "", ["1 train 1"]],
    ["cache_expired = false", "", ["1 train 2", "2 load 1", "1 load 1"]],
    ["cache_expired != true AND name = train", "", ["1 train 2"]],
    ['update_time > "-1h"', "update_time", ["1 train 1", "1 train 2", "2 load 1", "1 load 1"]],
    ["", "status, name", ["1 train 2", "1 load 1", "2 load 1", "1 train 1"]],
  ])("%s by %s", async (filter, orderBy, expected) => {
    for (const project of [here.project, ""]) {
      const found = await names({ project, filter, orderBy });
      expect(orderBy === "status, name" ? found.toSorted() : found).toEqual(orderBy === "status, name" ? expected.toSorted() : expected);
    }
  });

  test("of a run, a snapshot and a model version, and without those that were replaced", async () => {
    const { project } = here;
    expect(await names({ project, filter: `run = ${runs[1]}` })).toEqual(["2 load 1"]);
    expect(await names({ project, filter: `owner = ${here.world.developer}` })).toEqual(all);
    expect(await names({ filter: `owner != ${here.world.developer}` })).toEqual([]);
    expect(await names({ project, filter: `owner = ${newUuid()} OR model_version = ${modelVersion}` })).toEqual(["1 train 1"]);
    expect(await names({ filter: `snapshot = ${snapshot}` })).toEqual(["1 train 2", "1 train 1", "1 load 1"]);
    expect(await names({ filter: `model_version = ${modelVersion}` })).toEqual(["1 train 1"]);
    expect(await names({ project, latest: true })).toEqual(["1 train 2", "2 load 1", "1 load 1"]);
    expect(await names({ project: here.other })).toEqual([]);
  });

  test("of one run, by what it and few of them tell", async () => {
    const ask = async (filter: string, orderBy = "") => {
      const { steps } = await runClient(here).listSteps({ run: runs[0] as string, allAttempts: true, filter, orderBy });
      return steps.map(({ name, attempt }) => `${name} ${attempt}`);
    };
    const own = ["load 1", "train 1", "train 2"];
    expect(await ask(`owner = ${here.world.developer} AND snapshot = ${snapshot}`)).toEqual(own);
    expect(await ask(`snapshot = ${newUuid()}`)).toEqual([]);
    expect(await ask("kind = TOOL_CALL AND cache_expired = true AND model = penguins")).toEqual(["train 1"]);
    expect(await ask(`model_version != ${modelVersion}`)).toEqual([]);
    expect(await ask("cache_expired = false")).toEqual(["load 1", "train 2"]);
    expect(await ask('update_time > "-1h"', "update_time desc")).toEqual(["load 1", "train 2", "train 1"]);
  });

  test("in pages, counted", async () => {
    const request = { project: here.project, orderBy: "name", pageSize: 3 };
    const first = await stepClient(here).listProjectSteps({ ...request, includeTotal: true });
    expect(first.totalSize).toBe(4n);
    const { nextPageToken: pageToken } = first;
    expect(await names({ ...request, pageToken })).toEqual(["1 train 2"]);
    expect(await reasonOf(stepClient(here).listProjectSteps({ ...request, pageToken, latest: true }))).toBe(Reason.PAGE_TOKEN_INVALID);
  });

  test.each([
    [{ filter: "colour = red" }, Reason.FILTER_INVALID],
    [{ filter: "snapshot = nightly" }, Reason.FILTER_INVALID],
    [{ filter: "cache_expired > true" }, Reason.FILTER_INVALID],
    [{ filter: "cache_expired = maybe" }, Reason.FILTER_INVALID],
    [{ orderBy: "owner" }, Reason.ORDER_INVALID],
    [{ orderBy: "code_hash" }, Reason.ORDER_INVALID],
  ])("not with %o", async (request, reason) => {
    expect(await reasonOf(stepClient(here).listProjectSteps(request))).toBe(reason);
  });

  test("are read many at once, in the order asked for, without those that are not there", async () => {
    const { steps } = await stepClient(here).listProjectSteps({ project: here.project });
    const ids = steps.map(({ id }) => id).toReversed();
    const found = await stepClient(here).batchGetSteps({ ids: [newUuid(), ...ids] });
    expect(found.steps.map(({ id }) => id)).toEqual(ids);
    expect(found.steps[0]).toEqual(steps.at(-1));
  });

  test("are seen by who may see their runs", async () => {
    const [reader, other] = [newUuid(), newUuid()];
    teachPerson(here.policy, here.world, reader, "project-viewer", here.project);
    teachPerson(here.policy, here.world, other, "project-viewer", here.other);
    const ids = (await stepClient(here).listProjectSteps({})).steps.map(({ id }) => id);
    expect((await stepClient(here, reader).batchGetSteps({ ids })).steps).toHaveLength(4);
    expect((await stepClient(here, reader).listProjectSteps({})).steps).toHaveLength(4);
    expect((await stepClient(here, reader).listProjectSteps({ project: here.project })).steps).toHaveLength(4);
    expect((await stepClient(here, other).batchGetSteps({ ids })).steps).toEqual([]);
    expect((await stepClient(here, other).listProjectSteps({ filter: "name = load" })).steps).toEqual([]);
  });

  test("of more than 10,000 are found by what has an index, and the others are refused with what narrows them", async () => {
    const { db } = here.database;
    const row = await db
      .selectFrom("runsStep")
      .selectAll()
      .where("runId", "=", toId(runs[1] ?? ""))
      .executeTakeFirstOrThrow();
    await multiply(here.database as never, "runs_step", row, { count: 10_001 }, (make, n) => ({
      id: make.id(n),
      position: sql`1 + ${n}`,
      name: make.text("part-", n),
    }));
    const { project } = here;
    const ask = (request: object) => stepClient(here).listProjectSteps({ project, ...request });
    expect((await ask({ filter: "name = part-77" })).steps.map(({ name }) => name)).toEqual(["part-77"]);
    expect((await ask({ filter: "status = COMPLETED" })).steps.map(({ name }) => name)).toEqual(["load"]);
    expect((await ask({ orderBy: "name desc", pageSize: 1 })).steps[0]?.name).toBe("train");
    expect((await ask({ pageSize: 5, latest: true })).steps).toHaveLength(5);
    expect((await ask({ filter: "kind = TOOL_CALL" })).steps).toHaveLength(1);
    expect((await ask({ filter: "cache_expired = true AND model = penguins" })).steps).toHaveLength(1);
    expect((await ask({ filter: `owner = ${newUuid()}` })).steps).toEqual([]);
    expect((await ask({ filter: `owner = ${here.world.developer}`, pageSize: 5 })).steps).toHaveLength(5);
    expect((await ask({ filter: `snapshot = ${snapshot}`, orderBy: "update_time" })).steps).toHaveLength(3);
    expect(await reasonOf(ask({ filter: 'update_time > "-1h"' }))).toBe(Reason.TOO_MANY_MATCHES);
    expect(await reasonOf(ask({ filter: "code_hash = c2" }))).toBe(Reason.TOO_MANY_MATCHES);
    expect(await reasonOf(ask({ orderBy: "start_time" }))).toBe(Reason.TOO_MANY_MATCHES);
    expect((await ask({ filter: `run = ${runs[0]}`, orderBy: "start_time" })).steps).toHaveLength(3);
  });
});
