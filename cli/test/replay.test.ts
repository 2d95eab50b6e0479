import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { type ReplayRunRequest, Reuse } from "@signalbox/gen/signalbox/runs/v1/replay_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { aRun, aVersion, id } from "./demo.ts";
import { type FakeServer, failing, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let asked: ReplayRunRequest[];

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(RunService, {
      getRun: async () => ({ run: aRun() }),
      async replayRun(request) {
        asked.push(request);
        if (request.skip.includes("sing")) throw failing(Reason.NOT_FOUND, 'there is no step "sing"', { type: "step", reference: "sing" });
        const steps = { total: 3, cached: 1 };
        return {
          run: aRun({ id: id(8), name: "tidy-lynx", status: Status.INITIALIZING, originalRun: id(1), steps } as never),
          created: true,
        };
      },
    });
    service(ArtifactVersionService, {
      findArtifactVersion: async ({ artifact, version }) => ({
        artifactVersion: aVersion({ id: artifact === "penguins" && version === "3" ? id(33) : id(34) }),
      }),
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_test", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
});

test("says how many steps serve, and asks for what it was told", async () => {
  const plain = await runCli(["runs", "replay", "brisk-otter"], { env });
  expect(plain.out).toBe("run tidy-lynx repeats brisk-otter: 1 step of 3 serves, it waits for its orchestrator\n");
  expect(asked).toMatchObject([{ project: id(2), run: id(1), reuse: Reuse.UNSPECIFIED, skip: [], again: [], overrides: [] }]);
  expect(asked[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  const options = [
    "--again",
    "train",
    "--again",
    "rate",
    "--skip",
    "load",
    "--reuse",
    "nothing",
    "--parameters",
    '{"seed":2}',
    "--name",
    "b",
  ];
  const overrides = ["--override", "train:birds=penguins:3", "--override", `a:b:c=${id(5)}`, "--override", "train:more=other"];
  await runCli(["runs", "replay", "brisk-otter", ...options, ...overrides], { env });
  expect(asked[1]).toMatchObject({
    ...{ again: ["train", "rate"], skip: ["load"], reuse: Reuse.NOTHING, parameters: { text: '{"seed":2}' }, name: "b" },
    overrides: [
      { step: "train", input: "birds", artifactVersion: id(33) },
      { step: "a:b", input: "c", artifactVersion: id(5) },
      { step: "train", input: "more", artifactVersion: id(34) },
    ],
  });
});

test("tells what is wrong", async () => {
  const vague = await runCli(["runs", "replay", "brisk-otter", "--override", "birds"], { env });
  expect([vague.code, vague.err]).toEqual([2, expect.stringContaining("--override <step>:<input>=<artifact>:<version>")]);
  const unknown = await runCli(["runs", "replay", "brisk-otter", "--skip", "sing"], { env });
  expect([unknown.code, unknown.err]).toEqual([4, expect.stringContaining('there is no step "sing"')]);
  expect((await runCli(["runs", "replay", "brisk-otter", "--reuse", "some"], { env })).code).toBe(2);
});
