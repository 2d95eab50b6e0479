import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { folderStore } from "../src/artifacts/folder-store.ts";
import { type Box, connect } from "../src/box.ts";
import type { StepEvent } from "../src/run/events.ts";
import { createFakeBox } from "./fake-box.ts";
import { type FakeServer, serveFake } from "./fake-server.ts";

let folder = "";
let server: FakeServer;
let fake: ReturnType<typeof createFakeBox>;
let box: Box;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "signalbox-reserve-"));
  fake = createFakeBox();
  server = await serveFake(fake.routes);
  box = await connect({ url: server.url, apiKey: "sbk_test", project: "demo", artifactStore: folderStore(folder) });
});
afterEach(async () => {
  box.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const start = (onEvent: (event: StepEvent) => void = () => undefined) => box.startRun({ pipeline: "penguins", cache: true, onEvent });

test("of runs that need the same at once one computes, and the next takes over where that fails", async () => {
  let computed = 0;
  const events: StepEvent[] = [];
  const execute = async () => {
    await using run = await start((event) => events.push(event));
    const features = await run.step("features", async (step) => {
      computed += 1;
      if (computed === 1) {
        await vi.waitFor(() => expect(events.filter(({ kind }) => kind === "waiting")).toHaveLength(2));
        throw new RangeError("the first fails");
      }
      return step.save("features", [1, 2, 3]);
    });
    await run.finish();
    return features.value;
  };
  const outcomes = await Promise.allSettled([execute(), execute(), execute()]);
  expect(computed).toBe(2);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
  expect(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []))).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  const statuses = [...fake.steps.values()].map((step) => step.statuses);
  expect(statuses).toContainEqual([Status.INITIALIZING, Status.INITIALIZING, Status.CACHED]);
  expect(statuses).toContainEqual([Status.INITIALIZING, Status.RUNNING, Status.COMPLETED]);
});

test("a step that waits for another run is stopped with its own", async () => {
  const events: StepEvent[] = [];
  let release = () => {};
  const holding = await start();
  const held = holding.step("features", () => new Promise<number>((resolve) => (release = () => resolve(1))));
  await vi.waitFor(() => expect(fake.step("features").status).toBe(Status.RUNNING));
  const run = await start((event) => events.push(event));
  const waiting = run.step("features", () => new Promise<number>((resolve) => (release = () => resolve(1))));
  await vi.waitFor(() => expect(events).toMatchObject([{ kind: "waiting", run: holding.name }]));
  fake.stop(run.id, false);
  await expect(waiting).rejects.toMatchObject({ reason: "RUN_STOPPED" });
  expect(fake.steps.get(`${run.id} features`)?.statuses).toEqual([Status.INITIALIZING, Status.STOPPED]);
  release();
  await held;
  await Promise.all([holding.finish(), run.finish()]);
});
