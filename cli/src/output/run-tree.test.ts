import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { expect, test } from "vitest";
import { aRun, aStep, aVersion, id } from "../../test/demo.ts";
import { renderRun } from "./run-tree.ts";
import { displayWidth } from "./width.ts";

const output = (last: number, name: string) => ({ name, artifactVersion: id(last) });

test("a completed run says what became of each step", () => {
  const steps = [
    aStep({ metadata: { summary: { kind: { case: "text", value: "344 rows" } } }, outputs: [output(20, "birds")] }),
    aStep({ name: "clean", status: Status.CACHED, cachedFromRun: "calm-seal", outputs: [output(21, "clean")] }),
    aStep({
      name: "train rate=0.1",
      metrics: [{ name: "loss", count: 40n, last: 0.0821, lastIndex: 40n }],
      metadata: { epochs: { kind: { case: "integer", value: 40n } }, split: { kind: { case: "numbers", value: { items: [266, 67] } } } },
      outputs: [output(22, "train"), output(23, "test")],
    }),
  ];
  const lines = renderRun(aRun(), steps, [aVersion(), aVersion({ id: id(22), artifactName: "train" })], {
    points: (step, metric) => (step === "train rate=0.1" && metric === "loss" ? [5, 3, 1] : undefined),
  });
  expect(lines).toEqual([
    "penguins · run brisk-otter",
    "  ✓ load             0.1 s   344 rows                                    → penguins:1     67 kB  sha256:3fa94c…",
    "  ✓ clean                    cached from calm-seal                       → clean",
    "  ✓ train rate=0.1   0.1 s   epochs 40  split 266 / 67  loss █▅▁ 0.082   → train:1, test",
    "completed in 2.1 s · 3 steps · 1 cached",
  ]);
});

test("a failed run shows what failed, and what was not reached", () => {
  const run = aRun({
    status: Status.FAILED,
    steps: { total: 6, completed: 2, cached: 1, failed: 1 } as never,
    statusReason: "step train failed",
  });
  const step = aStep({
    name: "train",
    status: Status.FAILED,
    attempt: 2,
    exception: { type: "TypeError", message: "x is undefined\nat y", traceback: "" },
  });
  expect(renderRun(run, [step], [])).toEqual([
    "penguins · run brisk-otter",
    "  ✗ train   0.1 s   attempt 2",
    "      TypeError: x is undefined",
    "failed after 2.1 s · 3/6 steps · 1 cached · 1 failed (step train failed)",
  ]);
});

test("a run under way is measured to now and says how much is to come", () => {
  const run = aRun({ status: Status.RUNNING, steps: { total: 3 } as never });
  delete run.endTime;
  const step = aStep({ name: "train", status: Status.RUNNING });
  delete step.endTime;
  expect(renderRun(run, [step], [], { now: Date.UTC(2026, 4, 3, 10, 0, 3) })).toEqual([
    "penguins · run brisk-otter",
    "  ● train   3.0 s",
    "  ○ 2 more steps to come",
    "running for 3.0 s · 0/3 steps · 0 cached",
  ]);
});

test("steps with spaces, emoji and escape sequences in their names stay in line", () => {
  const lines = renderRun(aRun(), [aStep({ name: "zwei 🦊" }), aStep({ name: "日本" }), aStep({ name: "a\u001b[2Jb" })], []);
  expect(lines.slice(1, 4).map((line) => displayWidth(line))).toEqual([23, 23, 23]);
  expect(lines.join("")).not.toContain("\u001b");
});

test("colour is only there when asked for", () => {
  expect(renderRun(aRun(), [aStep()], [], { color: true })[1]).toContain("\u001b[32m✓\u001b[39m");
});
