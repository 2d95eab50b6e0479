import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import {
  Aggregation,
  type GetRunStatisticsRequest,
  Measure,
  StatisticsService,
} from "@signalbox/gen/signalbox/runs/v1/statistics_service_pb.ts";
import { type ListProjectStepsRequest, type SetCacheExpiryRequest, StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aRun, aStep, id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
const batches: string[][] = [];
const expiries: SetCacheExpiryRequest[] = [];
const asked: (ListProjectStepsRequest | GetRunStatisticsRequest)[] = [];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(StepService, {
      setCacheExpiry: async (request) => {
        expiries.push(request);
        return { step: aStep() };
      },
      listProjectSteps: async (request) => {
        asked.push(request);
        return { steps: [aStep(), aStep({ id: id(11), name: "train", attempt: 2, status: Status.FAILED, statusReason: "TypeError: no" })] };
      },
    });
    service(RunService, {
      getRun: async () => ({ run: aRun() }),
      batchGetRuns: async ({ ids }) => {
        batches.push(ids);
        return { runs: [aRun()] };
      },
      getStep: async ({ step, attempt }) => ({ step: aStep({ name: step, attempt, sourceCode: "() => train()" }) }),
    });
    service(StatisticsService, {
      getRunStatistics: async (request) => {
        asked.push(request);
        const keys = { pipeline: { kind: { case: "text" as const, value: id(4) } } };
        return {
          groups: [{ keys, names: { pipeline: "penguins" }, values: { "duration average": 12.25 }, runCount: 7n }, { runCount: 1n }],
        };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());

test("steps of all runs are listed, and one is shown", async () => {
  const { out } = await runCli(["steps", "list", "--filter", "name = train", "--latest"], { env });
  expect(out).toContain("train, attempt 2");
  expect(out).toContain("TypeError: no");
  expect(asked.at(-1)).toMatchObject({ project: "demo", filter: "name = train", latest: true });
  // Each run is asked for once, however many of its steps there are.
  expect(out).toMatch(/brisk-otter +penguins/);
  expect(batches).toEqual([[id(1)]]);
  const shown = await runCli(["steps", "show", "brisk-otter", "train", "--attempt", "2"], { env });
  expect(JSON.parse(shown.out)).toMatchObject({ name: "train", attempt: 2, sourceCode: "() => train()" });
});

test("runs are counted", async () => {
  const { out } = await runCli(["runs", "statistics", "--by", "pipeline", "--metric", "average:duration"], { env });
  expect(out.split("\n").map((line) => line.trim().split(/\s{2,}/))).toMatchObject([
    ["PIPELINE", "RUNS", "DURATION AVERAGE"],
    ["penguins", "7", "12.25"],
    ["1"],
    [""],
  ]);
  const metric = { name: "duration average", aggregation: Aggregation.AVERAGE, of: { case: "measure", value: Measure.DURATION } };
  expect(asked.at(-1)).toMatchObject({ project: "demo", metrics: [metric] });
  expect(await runCli(["runs", "statistics", "--by", "weather"], { env })).toMatchObject({ code: 2 });
  expect(await runCli(["runs", "statistics", "--metric", "duration"], { env })).toMatchObject({ code: 2 });
});

test("outputs of a step serve until when it is said", async () => {
  const expire = (...more: string[]) => runCli(["steps", "expire", "brisk-otter", "prices", ...more], { env });
  expect((await expire()).out).toBe("prices of brisk-otter: its outputs serve no more\n");
  expect(expiries.at(-1)).toMatchObject({ run: id(1), step: "prices", attempt: 0 });
  expect((await expire("--never", "--attempt", "2")).out).toBe("prices of brisk-otter: its outputs serve for good\n");
  expect(expiries.at(-1)).toMatchObject({ attempt: 2 });
  expect(expiries.at(-1)?.cacheExpireTime).toBeUndefined();
  expect((await expire("--at", "2099-01-01")).out).toContain("serve until 2099-01-01T00:00:00.000Z");
  expect(await expire("--in", "2h", "--never")).toMatchObject({ code: 2 });
  expect(await expire("--at", "soon")).toMatchObject({ code: 2 });
});
