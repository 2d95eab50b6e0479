import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";

type Kind = Exclude<Value["kind"], { case: undefined }>;

describe.each(dialects)("runs on %s are found", (dialect) => {
  let here: Lab;
  /** By what they logged. */
  const made: Record<string, string> = {};
  const version = newUuid();
  let sequence = 0n;

  async function log(run: string, step: string, values: Readonly<Record<string, Kind>>): Promise<void> {
    const facts = Object.fromEntries(Object.entries(values).map(([key, kind]) => [key, { kind }]));
    const reports = [{ sequence: ++sequence, step, change: { case: "metadata" as const, value: { values: facts } } }];
    expect((await reportClient(here).batchReport({ run, reporter: "test", reports })).refused).toEqual([]);
  }

  async function measure(run: string, step: string, name: string, index: number, value: number): Promise<void> {
    const points = [{ name, index: BigInt(index), value }];
    await reportClient(here).batchReport({
      run,
      reporter: "test",
      reports: [{ sequence: ++sequence, step, change: { case: "metrics", value: { points } } }],
    });
  }

  async function found(filter: string, request: object = {}): Promise<string[]> {
    const { runs } = await runClient(here).listRuns({ project: here.project, filter, orderBy: "create_time", ...request });
    return runs.map(({ id }) => Object.keys(made).find((name) => made[name] === id) ?? id);
  }

  beforeAll(async () => {
    here = await lab(dialect);
    for (const name of ["good", "bad", "words", "silent"]) {
      const run = await here.run();
      made[name] = run;
      await reportClient(here).startStep({ run, step: "train" });
    }
    const [good = "", bad = "", words = ""] = [made.good, made.bad, made.words];
    await log(good, "train", { accuracy: { case: "number", value: 0.4 }, rows: { case: "integer", value: 128n } });
    await log(good, "train", { accuracy: { case: "number", value: 0.95 }, "my key": { case: "flag", value: true } });
    await log(good, "", { seed: { case: "text", value: "42" }, commit: { case: "text", value: "abc123" } });
    await log(bad, "train", { accuracy: { case: "number", value: 0.5 }, rows: { case: "integer", value: 9n } });
    await log(bad, "", { accuracy: { case: "number", value: 0.6 }, commit: { case: "text", value: "abd" } });
    await log(words, "train", { accuracy: { case: "text", value: "n/a" }, seed: { case: "integer", value: 42n } });
    await log(words, "train", {
      long: { case: "text", value: "é".repeat(400) },
      shape: { case: "numbers", value: { items: [1, 2] } as never },
    });
    await measure(good, "train", "loss", 1, 0.9);
    await measure(good, "train", "loss", 2, 0.1);
    await measure(bad, "train", "loss", 1, 0.8);
    await measure(bad, "train", "loss", 0, 0.01);
    await measure(bad, "train", "val/loss", 1, -3);
    const ended = { status: Status.COMPLETED, outputs: [{ name: "model", artifactVersion: version }] };
    await reportClient(here).endStep({ run: good, step: "train", ended });
    const inputs = [{ name: "model", artifactVersion: version, kind: InputKind.EXTERNAL }];
    await reportClient(here).startStep({ run: bad, step: "use", started: { inputs } });
  }, 60_000);
  afterAll(() => here.close());

  test.each([
    // The latest value of a key counts, of any step or of the run itself.
    ["metadata.accuracy > 0.9", ["good"]],
    ["metadata.accuracy < 0.45", []],
    ["metadata.accuracy <= 0.6", ["bad"]],
    ["metadata.accuracy = 0.6", ["bad"]],
    ["metadata.accuracy = n/a", ["words"]],
    ["metadata.accuracy != 0.95", ["bad", "words"]],
    ["metadata.accuracy > 0", ["good", "bad"]],
    ["metadata.rows > 50", ["good"]],
    ["metadata.rows >= 9", ["good", "bad"]],
    // A number may have been logged as text.
    ["metadata.seed = 42", ["good", "words"]],
    ["metadata.seed > 41", ["words"]],
    ['metadata."my key" = true', ["good"]],
    ['metadata.commit = "ab*"', ["good", "bad"]],
    ['metadata.commit = "*c1*"', ["good"]],
    ['metadata.commit = "*bd"', ["bad"]],
    ["metadata.commit >= abd", ["bad"]],
    ['metadata.long = "é*"', ["words"]],
    ["metadata:shape", ["words"]],
    ["metadata.shape:*", ["words"]],
    ["metadata.shape = 1", []],
    ["metadata:accuracy", ["good", "bad", "words"]],
    ["metadata:*", ["good", "bad", "words"]],
    ["NOT metadata:*", ["silent"]],
    ["NOT metadata.accuracy > 0.9", ["bad", "words", "silent"]],
    ["metadata.accuracy > 0.9 OR metadata:shape", ["good", "words"]],
    ["metrics.loss < 0.5", ["good"]],
    ["metrics.loss >= 0.8", ["bad"]],
    ['metrics."val/loss" < -2', ["bad"]],
    ["metrics:loss", ["good", "bad"]],
    ["metrics:*", ["good", "bad"]],
    ["metrics.loss < 0.5 AND metadata.rows = 128", ["good"]],
    [`artifact:${version}`, ["good", "bad"]],
    [`artifact:${version.toUpperCase()} AND metadata.accuracy > 0.9`, ["good"]],
    ["artifact:*", ["good", "bad"]],
    ["owner = dev", ["good", "bad", "words", "silent"]],
    ["owner = nobody", []],
    ["in_progress = true", ["good", "bad", "words", "silent"]],
    ["in_progress = false", []],
    ['pipeline.name = "peng*"', ["good", "bad", "words", "silent"]],
    ['pipeline.name = "quokka*"', []],
  ])("by %s", async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
    expect(await found(filter, { project: "" })).toEqual(expected);
  });

  test.each([
    ["metrics.loss = low", "metrics.loss is compared with a number"],
    ["metrics.loss = 0*", "metrics.loss is compared with a number"],
    ["metadata = 3", "metadata is a collection"],
    ["artifact:model", "artifact is asked by the UUID of an artifact version"],
    [`artifact.name = model`, '"artifact.name" is not a field'],
  ])("but not by %s", async (filter, words) => {
    const refused = await runClient(here)
      .listRuns({ filter })
      .catch((error: Error) => error);
    expect(await reasonOf(Promise.reject(refused))).toBe(Reason.FILTER_INVALID);
    expect((refused as Error).message).toContain(words);
  });

  test("by what many steps of each logged, and until they are deleted", async () => {
    const run = await here.run();
    const steps = Array.from({ length: 40 }, (_, i) => `step-${i}`);
    await Promise.all(
      steps.map(async (step) => {
        await reportClient(here).startStep({ run, step });
        await log(run, step, { fold: { case: "integer", value: 7n } });
      }),
    );
    expect(await found("metadata.fold = 7")).toEqual([run]);
    await runClient(here).stopRun({ run, force: true });
    await Promise.all(steps.map((step) => reportClient(here).endStep({ run, step, ended: { status: Status.STOPPED } })));
    await runClient(here).deleteRun({ run });
    expect(await found("metadata.fold = 7")).toEqual([]);
  });

  test("only by whoever may see them", async () => {
    const stranger = here.parts[0]?.client(RunService, { principal: here.world.stranger, workspace: here.world.workspace });
    expect((await stranger?.listRuns({ filter: "metadata.accuracy > 0" }))?.runs).toEqual([]);
  });
});
