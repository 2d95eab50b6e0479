import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { expect, test } from "vitest";
import { aRun, aStep } from "../../test/demo.ts";
import { type DagStep, renderDag } from "./dag.ts";

const now = Date.UTC(2026, 4, 3, 10, 0, 41);
const running = aRun({
  status: Status.RUNNING,
  inProgress: true,
  endTime: undefined,
  steps: { total: 5, completed: 2, running: 1 },
} as never);

const reported = (name: string, status: Status, upstream: readonly string[] = [], more: object = {}): DagStep => {
  const ended = status >= Status.COMPLETED;
  const step = aStep({ name, status, upstream: [...upstream], ...(ended ? {} : { endTime: undefined }), ...more });
  return { name, upstream, status, step };
};
const planned = (name: string, ...upstream: readonly string[]): DagStep => ({ name, upstream, status: Status.INITIALIZING });

test("a run is drawn as a graph, with signs, durations and attempts, and what is to come", () => {
  const steps = [
    reported("load", Status.COMPLETED),
    reported("clean", Status.COMPLETED, ["load"]),
    reported("draw", Status.FAILED, ["load"], { exception: { type: "IOError", message: "no screen\nat all" } }),
    reported("train", Status.RUNNING, ["clean"], { attempt: 2 }),
    planned("rate", "train", "draw"),
  ];
  expect(renderDag(running, steps, [], { now })).toMatchInlineSnapshot(`
    [
      "penguins · run brisk-otter",
      "  ✓─╮  load    0.1 s",
      "  ✓ │  clean   0.1 s",
      "  │ ✗  draw    0.1 s   IOError: no screen",
      "  ● │  train   41 s    attempt 2",
      "  ○─╯  rate",
      "running for 41 s · 2/5 steps · 0 cached",
    ]
  `);
});

/** A fan of a thousand steps of which some are done, and some are at work. */
function fan(done: number, working: number): DagStep[] {
  const names = Array.from({ length: 1000 }, (_, i) => `score-${i}`);
  const scores = names.map((name, i) =>
    i < done
      ? reported(name, Status.COMPLETED, ["load"])
      : i < done + working
        ? reported(name, Status.RUNNING, ["load"])
        : planned(name, "load"),
  );
  return [reported("load", Status.COMPLETED), ...scores, planned("join", ...names)];
}

test("of a thousand steps those at work are drawn, and those that stand alike share a line", () => {
  expect(renderDag(running, fan(612, 3), [], { now, height: 24 })).toMatchInlineSnapshot(`
    [
      "penguins · run brisk-otter",
      "  ✓─┬─┬─┬─╮  load                    0.1 s",
      "  ✓ │ │ │ │  score-0 … score-611             612 steps",
      "  │ ● │ │ │  score-612               41 s",
      "  │ │ ● │ │  score-613               41 s",
      "  │ │ │ ● │  score-614               41 s",
      "  │ │ │ │ ○  score-615 … score-999           385 steps",
      "  ○─┴─┴─┴─╯  join",
      "running for 41 s · 2/5 steps · 0 cached",
    ]
  `);
});

test("a long chain is drawn around what happens now, and the rest is counted", () => {
  const chain = Array.from({ length: 1000 }, (_, i): DagStep => {
    const before = i === 0 ? [] : [`s${i - 1}`];
    return i < 500
      ? reported(`s${i}`, Status.COMPLETED, before)
      : i === 500
        ? reported("s500", Status.RUNNING, before)
        : planned(`s${i}`, ...before);
  });
  expect(renderDag(running, chain, [], { now, height: 10 })).toMatchInlineSnapshot(`
    [
      "penguins · run brisk-otter",
      "  ⋮ ✓ 499",
      "  ✓  s499   0.1 s",
      "  ●  s500   41 s",
      "  ○  s501",
      "  ○  s502",
      "  ○  s503",
      "  ○  s504",
      "  ⋮ ○ 495",
      "running for 41 s · 2/5 steps · 0 cached",
    ]
  `);
  const done = chain.map(({ name, upstream }) => reported(name, Status.COMPLETED, upstream));
  expect(renderDag(running, done, [], { now, height: 10 }).at(-2)).toContain("s999");
});

test.each([0, 1, 5, 24, 80])("never takes more lines than %i, or the least there are", (height) => {
  for (const steps of [[], fan(0, 0), fan(10, 900), fan(1000, 0), [planned("a")]]) {
    expect(renderDag(running, steps, [], { now, height }).length).toBeLessThanOrEqual(Math.max(5, height));
  }
});

test("a graph of a thousand steps takes milliseconds to draw", () => {
  const steps = fan(600, 100);
  const begin = performance.now();
  for (let i = 0; i < 20; i++) renderDag(running, steps, [], { now, height: 40 });
  expect((performance.now() - begin) / 20).toBeLessThan(100);
});

test("names of others are shown, not obeyed", () => {
  const bell = String.fromCharCode(7);
  expect(renderDag(running, [planned(`a${bell}b`)], [], { now }).join("")).not.toContain(bell);
});
