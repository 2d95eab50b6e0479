import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { folderStore } from "../src/artifacts/folder-store.ts";
import type { Handle } from "../src/artifacts/handle.ts";
import { type Box, connect } from "../src/box.ts";
import type { StepEvent } from "../src/run/events.ts";
import { createFakeBox } from "./fake-box.ts";
import { type FakeServer, serveFake } from "./fake-server.ts";

let folder = "";
let server: FakeServer;
let fake: ReturnType<typeof createFakeBox>;
let box: Box;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-run-"));
  fake = createFakeBox();
  server = await serveFake(fake.routes);
  box = await connect({ url: server.url, apiKey: "sbk_test", project: "demo", artifactStore: folderStore(folder) });
});
afterEach(async () => {
  box.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const start = (options: Partial<Parameters<Box["startRun"]>[0]> = {}) => box.startRun({ pipeline: "penguins", ...options });

test("a run tells what was consumed, produced and measured", async () => {
  const run = await start({
    codeRepository: "birds",
    build: "0192a5d4-0000-7000-8000-000000000001",
    snapshotName: "baseline",
    parameters: { seed: 7 },
  });
  const birds = await run.step("load", (step) => step.save("penguins", [1, 2, 3], { type: "data", metadata: { rows: 3 } }));
  const { train, rest } = await run.step("split", { inputs: { birds } }, ({ inputs, save }) => ({
    train: save("train", inputs.birds.value.slice(1)),
    rest: save("rest", inputs.birds.value.slice(0, 1)),
  }));
  const losses = await Promise.all(
    [0.1, 0.01].map((rate) =>
      run.step(`train rate=${rate}`, { inputs: { train }, parameters: { rate } }, async (step) => {
        for (let epoch = 0; epoch < 40; epoch += 1) step.metric("loss", rate / (epoch + 1), epoch);
        step.metadata({ rate });
        return Float64Array.from(step.inputs.train.value);
      }),
    ),
  );
  const nothing = await run.step("say", async () => {});
  const ended = await run.finish();

  expectTypeOf(birds).toEqualTypeOf<Handle<number[]>>();
  expectTypeOf(train.value).toEqualTypeOf<number[]>();
  expectTypeOf(losses).toEqualTypeOf<Handle<Float64Array<ArrayBuffer>>[]>();
  expectTypeOf(nothing).toEqualTypeOf<undefined>();
  expect(ended.status).toBe(Status.COMPLETED);
  expect([`${birds}`, `${train}`, `${rest}`, `${losses[1]}`]).toEqual([
    "penguins:1",
    "train:1",
    "rest:1",
    expect.stringMatching(/^output:[12]$/),
  ]);
  expect(losses[0]?.value).toEqual(Float64Array.of(2, 3));
  const training = fake.step("train rate=0.01");
  expect(training).toMatchObject({ status: Status.COMPLETED, parameters: '{"rate":0.01}', upstream: ["split"], facts: { rate: 0.01 } });
  expect(training.points).toHaveLength(40);
  expect(training.inputs).toMatchObject([{ name: "train", artifactVersion: train.id }]);
  expect(fake.versions.get(birds.id)).toMatchObject({
    itemCount: 3n,
    sizeBytes: 7n,
    serializer: "json",
    digest: birds.digest,
    producerStep: "load",
  });
  expect(fake.snapshots[0]).toMatchObject({
    dynamic: true,
    build: "0192a5d4-0000-7000-8000-000000000001",
    name: "baseline",
    replace: true,
    code: { codeRepository: "birds", path: "sdk/test/run.test.ts", commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
  });
  expect(fake.created[0]).toMatchObject({
    running: true,
    parameters: { text: '{"seed":7}' },
    orchestratorRun: expect.stringMatching(/^sdk-/),
  });
});

test("a step whose code, parameters and inputs are the same is served from before", async () => {
  let computed = 0;
  const execute = async (rate: number) => {
    const events: StepEvent[] = [];
    const run = await start({ cache: true, onEvent: (event) => events.push(event) });
    const load = await run.step("load", (step) => {
      computed += 1;
      return step.save("penguins", [1, 2, 3]);
    });
    const split = await run.step("split", { inputs: { load } }, (step) => {
      step.save("report", "kept, not returned");
      return { only: step.save("train", step.inputs.load.value) };
    });
    const list = await run.step("list", (step) => [step.save("one", 1), step.save("two", 2)] as const);
    const scaled = await run.step("scale", { inputs: split, parameters: { rate } }, ({ inputs }) => inputs.only.value.map((x) => x * rate));
    await run.finish();
    const cached = events.flatMap((event) => (event.kind === "ended" && event.status === "cached" ? [event.step] : []));
    return { values: [load.value, split.only.value, list.map(({ value }) => value), scaled.value], cached, events };
  };
  const first = await execute(2);
  expect(first.cached).toEqual([]);
  const second = await execute(2);
  expect(second.cached).toEqual(["load", "split", "list", "scale"]);
  expect(second.values).toEqual(first.values);
  expect(second.events).toContainEqual(expect.objectContaining({ step: "load", cachedFrom: "run-1" }));
  expect((await execute(3)).cached).toEqual(["load", "split", "list"]);
  expect(computed).toBe(1);
  await rm(folder, { recursive: true });
  expect((await execute(2)).cached).toEqual([]);
});

test("what a step throws is recorded and thrown on, and the run has failed", async () => {
  const run = await start();
  const failing = run.step("load", () => {
    throw new RangeError("no such file");
  });
  await expect(failing).rejects.toThrow("no such file");
  expect(fake.step("load")).toMatchObject({ status: Status.FAILED, exception: "RangeError: no such file" });
  await run[Symbol.asyncDispose]();
  expect(fake.run().status).toBe(Status.FAILED);
});

test("a run that is left without an end has failed", async () => {
  await (await start())[Symbol.asyncDispose]();
  expect(fake.run()).toMatchObject({ status: Status.FAILED, statusReason: "the program left the run without finishing it" });
});

test("others take part in a run and leave it going", async () => {
  const run = await start();
  const joined = await box.joinRun({ run: run.id });
  const theirs = await joined.step("theirs", () => 1);
  await joined.leave();
  expect(fake.run().status).toBe(Status.RUNNING);
  await run.step("ours", { inputs: { theirs } }, ({ inputs }) => inputs.theirs.value + 1);
  await run.finish();
  expect([fake.step("theirs").status, fake.step("ours").status, fake.run().status]).toEqual([
    Status.COMPLETED,
    Status.COMPLETED,
    Status.COMPLETED,
  ]);
});

test("a step is tried again as often as it may", async () => {
  const run = await start();
  const attempts: number[] = [];
  const value = await run.step("load", { retries: 2, retryDelaySeconds: 0.01 }, ({ attempt }) => {
    attempts.push(attempt);
    if (attempt < 3) throw new Error("not yet");
    return attempt;
  });
  await run.finish();
  expect(attempts).toEqual([1, 2, 3]);
  expect(value.value).toBe(3);
  expect(fake.step("load").statuses).toEqual([
    Status.RUNNING,
    Status.FAILED,
    Status.RUNNING,
    Status.FAILED,
    Status.RUNNING,
    Status.COMPLETED,
  ]);
});

test("running steps hear that the run is to stop, and no others start", async () => {
  const run = await start();
  const polite = run.step("polite", ({ signal }) => sleep(60_000, undefined, { signal }));
  const deaf = run.step("deaf", () => new Promise<never>(() => undefined));
  const outcomes = Promise.allSettled([polite, deaf]);
  await expect.poll(() => fake.steps.size).toBe(2);
  fake.stop(run.id, true);
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(run.stopped.aborted).toBe(true);
  await expect(run.step("late", () => 1)).rejects.toMatchObject({ reason: "RUN_STOPPED" });
  await run.finish();
  expect([fake.step("polite").status, fake.step("deaf").status, fake.run().status]).toEqual([
    Status.STOPPED,
    Status.STOPPED,
    Status.STOPPED,
  ]);
});

test("a refused report is an error of its step", async () => {
  fake.refuse = ({ step, change }) => (step === "load" && change.case === "metrics" ? "ATTEMPT_STALE" : undefined);
  const run = await start();
  await expect(run.step("load", (step) => step.metric("loss", 1))).rejects.toMatchObject({ reason: "ATTEMPT_STALE" });
  await run.finish();
});

test("names, values and numbers that cannot be kept are refused at once", async () => {
  const run = await start();
  await run.step("load", (step) => {
    expect(() => step.save("x", new Map())).toThrow('"x" is a Map');
    expect(() => step.save("x", { rows: [{ at: new Date() }] })).toThrow('"x".rows[0].at is a Date');
    expect(() => step.save(" x", 1)).toThrow("cannot be the name of an artifact");
    expect(() => step.metric("loss", Number.NaN)).toThrow('metric "loss" is NaN');
  });
  await expect(run.step("load", () => 1)).rejects.toThrow('has a step "load" already');
  await run.finish();
});

test("what is no step, no name and no handle is refused before anything is sent, and the run goes on", async () => {
  const run = await start();
  const plain = run.step as (...args: unknown[]) => Promise<unknown>;
  await expect(plain("load")).rejects.toThrow('step "load" has no function to call');
  await expect(plain(4, () => 1)).rejects.toThrow("the name of a step is a text, not a number");
  await expect(plain("load", { inputs: { birds: 5 } }, () => 1)).rejects.toThrow(
    '"birds" is a number and cannot be an input of step "load"',
  );
  await expect(run.registerModel({ name: "m", artifacts: { weights: Promise.resolve() } as never })).rejects.toThrow(
    '"weights" is a Promise and cannot be an artifact of model "m"',
  );
  await expect(run.registerModel({ name: "m", artifacts: {}, stage: "live" as never })).rejects.toThrow('"live" is no stage of a model');
  await run.step("train", () => 1);
  await run.finish();
});

test("a model version has a stage and a lineage", async () => {
  const run = await start({ name: "brisk-otter" });
  const birds = await run.step("load", (step) => step.save("penguins", [1, 2]));
  const weights = await run.step("train", { inputs: { birds } }, (step) => step.save("weights", Float64Array.of(1, 2), { type: "model" }));
  await run.step("register", { inputs: { weights } }, async () => {
    await run.registerModel({ name: "classifier", artifacts: { weights }, metadata: { accuracy: 0.9 }, stage: "staging" });
  });
  await run.finish();
  expect(fake.modelVersions[0]).toMatchObject({ number: 1, stage: ModelStage.STAGING, run: run.id });
  const found = await box.model("classifier").version("staging");
  expect(found).toMatchObject({ model: "classifier", number: 1, stage: "staging", metadata: { accuracy: 0.9 } });
  expect(await found.artifacts.weights?.load()).toEqual(Float64Array.of(1, 2));
  expect(await box.lineage(found)).toMatchObject({
    ...{ name: "weights", version: "1", truncated: false },
    producer: { step: "train", runName: "brisk-otter", inputs: { birds: { name: "penguins", producer: { step: "load", inputs: {} } } } },
  });
});

test("the server may be away in the middle of a run", async () => {
  const run = await start();
  const birds = await run.step("load", (step) => step.save("penguins", [1, 2]));
  const training = run.step("train", { inputs: { birds } }, async (step) => {
    await server.close();
    for (let epoch = 0; epoch < 1_000; epoch += 1) step.metric("loss", 1 / (epoch + 1));
    setTimeout(async () => {
      server = await serveFake(fake.routes, server.port);
    }, 500);
    return "trained";
  });
  expect((await training).value).toBe("trained");
  await run.finish();
  expect(fake.step("train").points.map(({ index }) => index)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  expect(fake.run().status).toBe(Status.COMPLETED);
});

test("a run is told of as a whole", async () => {
  const modelVersion = "0192a5d4-0000-7000-8000-000000000002";
  const run = await start({ parentStep: modelVersion, orchestratorEnvironment: { cpu: 4 } });
  expect(fake.created).toMatchObject([{ parentStep: modelVersion, orchestratorEnvironment: { text: '{"cpu":4}' } }]);
  expect(await run.update({ modelVersion, heartbeatSeconds: 0 })).toMatchObject({ modelVersion });
  await run.finish({ outputs: { model: await run.step("train", () => 3) } });
  expect(fake.ended).toMatchObject([{ outputs: [{ name: "model" }] }]);
});

test("runs are read page by page", async () => {
  for (const name of ["one", "two", "three"]) await (await start({ name })).finish();
  const names: string[] = [];
  for await (const { name } of box.runs.list({ pageSize: 1 })) names.push(name);
  expect(names).toEqual(["one", "two", "three"]);
  expect((await box.runs.get("two")).name).toBe("two");
});

test("a run starts runs, one for each key", async () => {
  const parent = await start();
  const child = await parent.child("fold 1", { parameters: { fold: 1 } });
  expect(fake.created.at(-1)).toMatchObject({ parentRun: parent.id, childKey: "fold 1", parameters: { text: '{"fold":1}' } });
  expect(child).toMatchObject({ pipeline: "penguins", project: parent.project });
  expect((await child.step("load", () => 3)).value).toBe(3);
  expect(fake.step("load").run).toBe(child.id);
  const again = await parent.child("fold 1");
  expect(again.id).toBe(child.id);
  expect((await parent.child("fold 2")).id).not.toBe(child.id);
  await child.finish();
  Object.assign(fake.runs.get(child.id) ?? {}, { inProgress: false, status: Status.COMPLETED });
  const ended = await parent.child("fold 1");
  expect(await (await ended.step("load", () => 4)).load()).toBe(3);
  await expect(ended.step("more", () => 4)).rejects.toThrow(/has completed and takes no step "more"/);
  expect((await ended.finish()).id).toBe(child.id);
  await expect(parent.child(" ")).rejects.toThrow("a child run");
});
