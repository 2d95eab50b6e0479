import { create } from "@bufbuild/protobuf";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { type Report, ReportSchema, ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

let sequence = 0n;
const numbered = (init: object): Report => {
  sequence += 1n;
  return create(ReportSchema, { sequence, ...init });
};

describe.each(dialects)("reports on %s", (dialect) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab(dialect);
  });
  afterAll(() => here.close());

  const client = () => reportClient(here);
  const run = (of: Parameters<Lab["snapshot"]>[0] = {}) => here.run(here.snapshot(of));

  test("a step goes from its start to its end with what it consumed and produced", async () => {
    const id = await run({ steps: ["a", ["b", "a"]] });
    const [input, output, loaded] = [newUuid(), newUuid(), newUuid()];
    const start = await client().startStep({
      run: id,
      step: "b",
      started: {
        inputs: [{ name: "data", artifactVersion: input }],
        cacheKey: "key",
        codeHash: "code",
        parameters: { text: '{"x":1}' },
        configuration: { text: "{}" },
        heartbeatTimeout: { seconds: 30n },
      },
    });
    expect(start.step).toMatchObject({ name: "b", attempt: 1, status: Status.RUNNING, upstream: ["a"], cacheKey: "key", codeHash: "code" });
    expect(start.step?.parameters?.text).toBe('{"x":1}');
    expect(start.eventCursor).toMatch(/^\d+$/);
    const end = await client().endStep({
      run: id,
      step: "b",
      ended: {
        status: Status.COMPLETED,
        outputs: [{ name: "out", artifactVersion: output }],
        loaded: [{ name: "more", artifactVersion: loaded }],
      },
    });
    expect(end.step?.outputs).toMatchObject([{ name: "out", artifactVersion: output }]);
    expect(end.step?.inputs).toHaveLength(2);
    expect(end.step?.inputs.find(({ name }) => name === "more")?.kind).toBe(InputKind.LOADED);
    expect(end.step?.endTime).toBeDefined();
    const { step } = await runClient(here).getStep({ run: id, step: "b" });
    expect(step).toEqual(end.step);
    const { run: now } = await runClient(here).getRun({ run: id });
    expect(now).toMatchObject({ status: Status.RUNNING, steps: { total: 2, completed: 1, running: 0 } });
  });

  test("a batch answers for each report, and refuses some without touching the others", async () => {
    const id = await run({ steps: ["a"], executionMode: ExecutionMode.CONTINUE_ON_FAILURE });
    const reports = [
      numbered({ step: "a", change: { case: "started", value: {} } }),
      numbered({ step: "ghost", change: { case: "alive", value: {} } }),
      numbered({
        step: "a",
        change: { case: "ended", value: { status: Status.FAILED, exception: { type: "TypeError", message: "no", traceback: "at x" } } },
      }),
    ];
    const { refused, run: after, eventCursor } = await client().batchReport({ run: id, reports });
    expect(refused).toMatchObject([{ sequence: reports[1]?.sequence, reason: "NOT_FOUND" }]);
    expect(after).toMatchObject({ status: Status.FAILED, inProgress: false, statusReason: 'step "a" failed', steps: { failed: 1 } });
    expect(eventCursor).toBe("");
    const { step } = await runClient(here).getStep({ run: id, step: "a" });
    expect(step?.exception).toMatchObject({ type: "TypeError", message: "no", traceback: "at x" });
    expect(step?.statusReason).toBe("TypeError: no");
    const again = await client().batchReport({ run: id, reports });
    expect(again.run?.revision).toBe(after?.revision);
    expect(again.eventCursor).toBe("");
  });

  test("metadata and metrics count once, however often they come", async () => {
    const id = await run();
    const value = (text: string) => ({ kind: { case: "text" as const, value: text } });
    const points = [3, 1, 2].map((value, index) => ({ name: "loss", index: BigInt(index), value }));
    const reports = [
      numbered({ step: "a", change: { case: "started", value: {} } }),
      numbered({ step: "a", change: { case: "metadata", value: { values: { k: value("old"), other: value("x") } } } }),
      numbered({ step: "a", change: { case: "metadata", value: { values: { k: value("new") } } } }),
      numbered({ change: { case: "metadata", value: { values: { whole: value("run") } } } }),
      numbered({ step: "a", change: { case: "metrics", value: { points } } }),
    ];
    for (let i = 0; i < 3; i++) expect((await client().batchReport({ run: id, reports })).refused).toEqual([]);
    await client().batchReport({
      run: id,
      reports: [
        numbered({
          step: "a",
          change: {
            case: "metrics",
            value: {
              points: [
                { name: "loss", index: 1n, value: 99 },
                { name: "loss", index: 9n, value: 7 },
              ],
            },
          },
        }),
      ],
    });
    const { step } = await runClient(here).getStep({ run: id, step: "a" });
    expect(step?.metadata.k?.kind.value).toBe("new");
    expect(Object.keys(step?.metadata ?? {}).sort()).toEqual(["k", "other"]);
    expect(step?.metrics).toMatchObject([{ name: "loss", count: 4n, min: 1, max: 7, last: 7, lastIndex: 9n }]);
    const metrics = here.parts[0]?.client(MetricService, as(here));
    const listed = await metrics?.listMetadata({ run: id, pageSize: 3 });
    expect(listed?.entries.map(({ step, key }) => `${step}/${key}`).sort()).toContain("a/k");
    const rest = await metrics?.listMetadata({ run: id, pageSize: 3, pageToken: listed?.nextPageToken ?? "" });
    expect((listed?.entries.length ?? 0) + (rest?.entries.length ?? 0)).toBe(4);
    const component = newUuid();
    const ofComponent = (sequence: Report["sequence"], about: string) => ({
      ...numbered({ step: "a", change: { case: "metadata", value: { values: { k: value("same") }, component: about } } }),
      sequence,
    });
    const [first, second] = [numbered({}).sequence, numbered({}).sequence];
    for (let i = 0; i < 2; i++) {
      await client().batchReport({ run: id, reports: [ofComponent(first, component.toUpperCase()), ofComponent(second, "")] });
      await client().batchReport({ run: id, reports: [ofComponent(first, component)] });
    }
    const abouts = (await metrics?.listMetadata({ run: id }))?.entries.filter(({ value }) => value?.kind.value === "same");
    expect(abouts?.map((each) => each.component).sort()).toEqual(["", component]);
    const wrong = client().batchReport({ run: id, reports: [ofComponent(numbered({}).sequence, "the gpu")] });
    expect(await reasonOf(wrong)).toBe(Reason.FIELD_INVALID);
    const all = await metrics?.listMetricPoints({ run: id, step: "a", metric: "loss" });
    expect(all).toMatchObject({
      sampled: false,
      points: [
        { index: 0n, value: 3 },
        { index: 1n, value: 1 },
        { index: 2n, value: 2 },
        { index: 9n, value: 7 },
      ],
    });
    const some = await metrics?.listMetricPoints({ run: id, step: "a", metric: "loss", maxPoints: 2 });
    expect(some).toMatchObject({
      sampled: true,
      points: [
        { index: 1n, min: 1, max: 3 },
        { index: 9n, min: 2, max: 7 },
      ],
    });
  });

  test("an attempt that failed is followed by another, and may not report any more", async () => {
    const id = await run({ steps: ["a"] });
    await client().startStep({ run: id, step: "a" });
    const failed = await client().endStep({ run: id, step: "a", ended: { status: Status.FAILED, retry: true } });
    expect(failed.step?.status).toBe(Status.RETRYING);
    await client().startStep({ run: id, step: "a", attempt: 2 });
    expect((await runClient(here).getStep({ run: id, step: "a", attempt: 1 })).step?.status).toBe(Status.RETRIED);
    expect(await reasonOf(client().heartbeat({ run: id, step: "a", attempt: 1 }))).toBe(Reason.ATTEMPT_STALE);
    await client().endStep({ run: id, step: "a", attempt: 2, ended: { status: Status.COMPLETED } });
    const { run: now } = await runClient(here).getRun({ run: id });
    expect(now).toMatchObject({ status: Status.COMPLETED, inProgress: false, steps: { total: 1, completed: 1 } });
    expect((await runClient(here).listSteps({ run: id })).steps).toHaveLength(1);
    expect((await runClient(here).listSteps({ run: id, allAttempts: true })).steps.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("a cached step produces what the step before it did", async () => {
    const [first, second] = [await run(), await run()];
    const version = newUuid();
    const cacheKey = newUuid();
    const told = { sourceCode: "() => 1", docstring: "one", inputs: [{ name: "in", artifactVersion: newUuid() }] };
    await client().startStep({ run: first, step: "a", started: { cacheKey, ...told } });
    await client().endStep({
      run: first,
      step: "a",
      ended: { status: Status.COMPLETED, outputs: [{ name: "out", artifactVersion: version }] },
    });
    const found = await runClient(here).findCachedSteps({ project: here.project, cacheKeys: [cacheKey, "nothing"] });
    expect(found.steps).toMatchObject([{ cacheKey, run: first, outputs: [{ name: "out", artifactVersion: version }] }]);
    const { step } = await client().endStep({
      run: second,
      step: "a",
      ended: { status: Status.CACHED, cachedFrom: found.steps[0]?.step ?? "" },
    });
    expect(step).toMatchObject({ status: Status.CACHED, cachedFrom: found.steps[0]?.step, cachedFromRun: found.steps[0]?.runName });
    expect(step?.outputs).toMatchObject([{ name: "out", artifactVersion: version }]);
  });

  test("a run that is asked to stop lets its reporters know and takes no more steps", async () => {
    const id = await run();
    await client().startStep({ run: id, step: "a" });
    expect(await client().heartbeat({ run: id, step: "a" })).toMatchObject({ status: Status.RUNNING });
    const { run: stopping } = await runClient(here).stopRun({ run: id, reason: "enough" });
    expect(stopping).toMatchObject({ status: Status.STOPPING, statusReason: "enough", inProgress: true });
    expect((await client().heartbeat({ run: id, step: "a" })).stop).toMatchObject({ force: false });
    expect((await runClient(here).stopRun({ run: id, force: true })).run?.status).toBe(Status.STOPPING);
    expect((await client().heartbeat({ run: id })).stop).toMatchObject({ force: true });
    expect(await reasonOf(client().startStep({ run: id, step: "b" }))).toBe(Reason.RUN_ENDED);
    const { step } = await client().endStep({ run: id, step: "a", ended: { status: Status.FAILED } });
    expect(step?.status).toBe(Status.STOPPED);
    expect((await runClient(here).getRun({ run: id })).run).toMatchObject({ status: Status.STOPPED, inProgress: false });
    expect(await reasonOf(runClient(here).stopRun({ run: id }))).toBe(Reason.RUN_ENDED);
    expect(await reasonOf(runClient(here).issueRunToken({ run: id }))).toBe(Reason.RUN_ENDED);
  });

  test("a run token reports on its own run and on no other", async () => {
    const [id, other] = [await run(), await run()];
    const { token, expireTime } = await runClient(here).issueRunToken({ run: id });
    expect(token).toMatch(/^sbt_/);
    expect(expireTime).toBeDefined();
    const caller = { run: id, project: here.project, owner: here.world.developer, workspace: here.world.workspace };
    const own = here.parts[0]?.client(ReportService, caller);
    expect((await own?.startStep({ run: id, step: "a" }))?.step?.status).toBe(Status.RUNNING);
    expect(await reasonOf(own?.startStep({ run: other, step: "a" }))).toBe(Reason.RUN_TOKEN_REFUSED);
  });

  test("the graph shows what was planned and what passed between the steps", async () => {
    const id = await run({ steps: ["a", ["b", "a"], ["c", "b"]] });
    const version = newUuid();
    await client().endStep({
      run: id,
      step: "a",
      ended: { status: Status.COMPLETED, outputs: [{ name: "out", artifactVersion: version }] },
    });
    await client().startStep({ run: id, step: "b", started: { inputs: [{ name: "in", artifactVersion: version }] } });
    const graph = await runClient(here).getRunGraph({ run: id });
    expect(graph.steps.map(({ name, planned }) => `${name} ${planned}`)).toEqual(["a false", "b false", "c true"]);
    expect(graph.artifacts).toMatchObject([{ artifactVersion: version, producer: "a", consumers: ["b"], artifactName: "" }]);
    expect(graph.steps.map(({ step }) => [step?.inputs.length, step?.outputs.length])).toEqual([
      [0, 1],
      [1, 0],
      [undefined, undefined],
    ]);
    const brief = await runClient(here).getRunGraph({ run: id, brief: true });
    const drawn = graph.steps.map(({ step, ...each }) => ({ ...each, ...(step && { step: { ...step, inputs: [], outputs: [] } }) }));
    expect([brief.steps, brief.artifacts]).toEqual([drawn, graph.artifacts]);
  });

  test("names that some engines cannot tell apart are refused", async () => {
    const id = await run();
    const started = numbered({ step: "a", change: { case: "started", value: {} } });
    const point = (name: string) => ({ name, index: 0n, value: 1 });
    const { refused } = await client().batchReport({
      run: id,
      reports: [
        started,
        numbered({ step: "a ", change: { case: "started", value: {} } }),
        numbered({ step: "a", change: { case: "metrics", value: { points: [point("loss"), point("loss ")] } } }),
        numbered({ step: "", change: { case: "metrics", value: { points: [point("loss")] } } }),
      ],
    });
    expect(refused.map(({ reason }) => reason)).toEqual(["FIELD_INVALID", "FIELD_INVALID", "FIELD_INVALID"]);
  });

  test("a run that does not exist is not found", async () => {
    expect(await reasonOf(client().startStep({ run: newUuid(), step: "a" }))).toBe(Reason.NOT_FOUND);
  });
});
