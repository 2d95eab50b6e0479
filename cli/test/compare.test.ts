import { Aspect, type CompareRunsRequest, ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let asked: CompareRunsRequest | undefined;

const number = (value: number) => ({ value: { kind: { case: "number" as const, value } } });
const text = (value: string) => ({ value: { kind: { case: "text" as const, value } } });

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ComparisonService, {
      compareRuns: async (request) => {
        asked = request;
        return {
          runs: request.runs.map((name, i) => ({ id: id(i), name })),
          differences: request.aspects.includes(Aspect.CODE)
            ? []
            : [
                { aspect: Aspect.PARAMETERS, path: "/rate", values: [number(0.1), number(0.01), {}] },
                { aspect: Aspect.METRICS, step: "train", path: "loss", values: [number(0.3), number(0.2), number(0.25)] },
                { aspect: Aspect.PACKAGES, path: "numpy", values: [text("2.1.0"), text("x".repeat(80)), text("2.2.0")] },
              ],
          truncated: request.runs.length === 3,
        };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());

test("runs are set beside each other", async () => {
  const ran = await runCli(["runs", "compare", "otter", "heron", "crow"], { env });
  expect(ran.out.split("\n")).toEqual([
    "WHAT         WHERE        otter   heron                                      crow",
    "parameters   /rate        0.1     0.01                                       -",
    "metrics      train loss   0.3     0.2                                        0.25",
    `packages     numpy        2.1.0   ${"x".repeat(39)}…   2.2.0`,
    "",
    "there is more: compare fewer runs, or --by less",
    "",
  ]);
  expect(asked).toMatchObject({ runs: ["otter", "heron", "crow"], project: "demo", aspects: [] });
});

test("by some of it, or as JSON", async () => {
  expect(await runCli(["runs", "compare", "otter", "heron", "--by", "code", "--by", "metrics"], { env })).toMatchObject({
    out: "nothing differs\n",
  });
  expect(asked).toMatchObject({ runs: ["otter", "heron"], aspects: [Aspect.CODE, Aspect.METRICS] });
  const { out } = await runCli(["runs", "compare", "otter", "heron", "--json"], { env });
  expect(JSON.parse(out)).toMatchObject({ runs: [{ name: "otter" }, { name: "heron" }], truncated: false });
  expect(await runCli(["runs", "compare", "otter", "heron", "--by", "weather"], { env })).toMatchObject({
    code: 2,
    err: expect.stringContaining("parameters, configuration"),
  });
  expect(await runCli(["runs", "compare", "otter"], { env })).toMatchObject({ code: 2 });
});
