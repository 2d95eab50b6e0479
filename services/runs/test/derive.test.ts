import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Change } from "../src/report/change.ts";
import { stopOf } from "../src/status/derive.ts";
import { isEnded, statusName } from "../src/status/transitions.ts";
import { aModel, change, ended, type Model, recount, reopen, restate, runEnded, started, stop } from "./model.ts";

const { FAIL_FAST, STOP_ON_FAILURE, CONTINUE_ON_FAILURE } = ExecutionMode;
const { COMPLETED, FAILED, STOPPED, CACHED, SKIPPED, QUEUED, RUNNING } = Status;

/** a -> b -> c, and d by itself. */
const plan = { a: [], b: ["a"], c: ["b"], d: [] };

const stand = ({ run }: Model) => `${statusName(run.status)}${run.inProgress ? " in progress" : ""}`;

describe("the truth table", () => {
  const done = ["a", "b", "c", "d"].map((name) => ended(name, COMPLETED));
  const cases: [string, Parameters<typeof aModel>[0], Change[], string][] = [
    ["nothing was reported", { plan }, [], "RUNNING in progress"],
    ["nothing was reported, and it does not run yet", { plan, running: false }, [stop()], "STOPPED"],
    ["a step waits for resources", { plan, running: false }, [started("a", 1, QUEUED)], "INITIALIZING in progress"],
    ["a step runs", { plan, running: false }, [started("a")], "RUNNING in progress"],
    ["some steps ended well", { plan }, [ended("a", COMPLETED), ended("d", SKIPPED)], "RUNNING in progress"],
    ["all ended well", { plan }, done, "COMPLETED"],
    ["all were cached", { plan: { a: [], b: [] }, running: false }, [ended("a", CACHED), ended("b", CACHED)], "COMPLETED"],
    ["one was stopped, the others ended well", { plan: { a: [], d: [] } }, [ended("a", STOPPED), ended("d", COMPLETED)], "STOPPED"],

    ["fail fast: others run", { plan }, [started("d"), ended("a", FAILED)], "FAILED in progress"],
    ["fail fast: others ended", { plan }, [started("d"), ended("a", FAILED), ended("d", STOPPED)], "FAILED"],
    ["fail fast: none runs", { plan }, [ended("a", FAILED)], "FAILED"],
    [
      "fail fast: another waits for its next attempt",
      { plan },
      [started("d"), ended("d", FAILED, { retry: true }), ended("a", FAILED)],
      "FAILED",
    ],

    ["stop on failure: others run", { plan, mode: STOP_ON_FAILURE }, [started("d"), ended("a", FAILED)], "FAILED in progress"],
    ["stop on failure: others ended", { plan, mode: STOP_ON_FAILURE }, [started("d"), ended("a", FAILED), ended("d", COMPLETED)], "FAILED"],

    ["continue: another is free", { plan, mode: CONTINUE_ON_FAILURE }, [ended("a", FAILED)], "FAILED in progress"],
    ["continue: none is free", { plan, mode: CONTINUE_ON_FAILURE }, [ended("a", FAILED), ended("d", COMPLETED)], "FAILED"],
    [
      "continue: what waits depends on it",
      { plan, mode: CONTINUE_ON_FAILURE },
      [started("b", 1, QUEUED), ended("d", COMPLETED), ended("a", FAILED)],
      "FAILED",
    ],
    [
      "continue: what is after the last failed step",
      { plan: { a: [], b: ["a"] }, mode: CONTINUE_ON_FAILURE },
      [ended("a", COMPLETED), ended("b", FAILED)],
      "FAILED",
    ],

    ["a step waits for its next attempt", { plan }, [ended("a", FAILED, { retry: true })], "RUNNING in progress"],

    ["dynamic: nothing was reported", { dynamic: true }, [], "RUNNING in progress"],
    ["dynamic: all ended", { dynamic: true }, [ended("x", COMPLETED)], "RUNNING in progress"],
    ["dynamic: one failed", { dynamic: true }, [ended("x", FAILED)], "FAILED in progress"],
    ["dynamic: one failed, and it is over", { dynamic: true }, [ended("x", FAILED), runEnded(COMPLETED)], "FAILED"],
    ["dynamic: over", { dynamic: true }, [ended("x", COMPLETED), runEnded(COMPLETED)], "COMPLETED"],
    ["dynamic: over and failed", { dynamic: true }, [ended("x", COMPLETED), runEnded(FAILED)], "FAILED"],
    ["dynamic: over and stopped", { dynamic: true }, [ended("x", COMPLETED), runEnded(STOPPED)], "STOPPED"],
    ["dynamic: over but for a step", { dynamic: true }, [started("x"), runEnded(COMPLETED)], "RUNNING in progress"],
    [
      "dynamic: over, with a step that waited for its next attempt",
      { dynamic: true },
      [ended("x", FAILED, { retry: true }), runEnded(COMPLETED)],
      "FAILED",
    ],
    ["static: over before all was reported", { plan }, [ended("a", COMPLETED), runEnded(COMPLETED)], "COMPLETED"],

    ["stopping: a step runs", { plan }, [started("a"), stop()], "STOPPING in progress"],
    ["stopping: none runs", { plan }, [ended("a", COMPLETED), stop()], "STOPPED"],
    ["stopping: the step ended well", { plan }, [started("a"), stop(), ended("a", COMPLETED)], "STOPPED"],
    ["stopping: the step failed", { plan }, [started("a"), stop(), ended("a", FAILED)], "STOPPED"],
    ["stopping: the reporter says it failed", { dynamic: true }, [started("a"), stop(), ended("a", STOPPED), runEnded(FAILED)], "STOPPED"],
    ["stopping after a failure", { plan, mode: STOP_ON_FAILURE }, [started("d"), ended("a", FAILED), stop()], "FAILED in progress"],
  ];
  test.each(cases)("%s", (_, of, changes, expected) => {
    const model = aModel(of);
    const refusals = change(model, changes);
    expect(refusals.filter(Boolean)).toEqual([]);
    expect(stand(model)).toBe(expected);
  });
});

describe("what is refused", () => {
  const cases: [string, Parameters<typeof aModel>[0], Change[], Reason | undefined][] = [
    ["a step of a run that ended", { plan: { a: [] } }, [ended("a", COMPLETED), started("x")], Reason.RUN_ENDED],
    ["fail fast: another step", { plan }, [started("a"), ended("d", FAILED), started("b")], Reason.RUN_ENDED],
    ["stop on failure: another step", { plan, mode: STOP_ON_FAILURE }, [started("a"), ended("d", FAILED), started("b")], Reason.RUN_ENDED],
    [
      "stop on failure: another attempt",
      { plan, mode: STOP_ON_FAILURE },
      [started("a"), ended("d", FAILED), ended("a", FAILED, { retry: true }), started("a", 2)],
      undefined,
    ],
    [
      "fail fast: another attempt",
      { plan },
      [started("a"), started("b"), ended("d", FAILED), ended("a", FAILED, { retry: true }), started("a", 2)],
      Reason.TRANSITION_REFUSED,
    ],
    [
      "continue: a step that depends on the failed one",
      { plan, mode: CONTINUE_ON_FAILURE },
      [ended("a", FAILED), started("c")],
      Reason.RUN_ENDED,
    ],
    ["continue: a step that does not", { plan, mode: CONTINUE_ON_FAILURE }, [ended("a", FAILED), started("d")], undefined],
    ["continue: leaving out what depends on it", { plan, mode: CONTINUE_ON_FAILURE }, [ended("a", FAILED), ended("b", SKIPPED)], undefined],
    [
      "dynamic, continue: a step after the failed one",
      { dynamic: true, mode: CONTINUE_ON_FAILURE },
      [ended("a", FAILED), started("b", 1, RUNNING, ["a"])],
      Reason.RUN_ENDED,
    ],
    ["a step while stopping", { plan }, [started("a"), stop(), started("d")], Reason.RUN_ENDED],
    ["another end", { plan }, [ended("a", COMPLETED), ended("a", FAILED)], Reason.TRANSITION_REFUSED],
    [
      "another reason for the same end",
      { plan },
      [ended("a", SKIPPED), ended("a", SKIPPED, { reason: "late" })],
      Reason.TRANSITION_REFUSED,
    ],
    ["the same end", { plan }, [ended("a", COMPLETED), ended("a", COMPLETED)], undefined],
    [
      "an old attempt",
      { plan },
      [started("a"), ended("a", FAILED, { retry: true }), started("a", 2), started("a", 1)],
      Reason.ATTEMPT_STALE,
    ],
    [
      "the end of an old attempt, repeated",
      { plan },
      [ended("a", FAILED, { retry: true }), started("a", 2), ended("a", FAILED, { retry: true })],
      undefined,
    ],
    ["another attempt of what ended", { plan }, [ended("a", COMPLETED), started("a", 2)], Reason.TRANSITION_REFUSED],
    ["stopping what ended", { plan: { a: [] } }, [ended("a", COMPLETED), stop()], Reason.RUN_ENDED],
    ["stopping twice", { plan }, [started("a"), stop(), stop()], undefined],
    ["a run that ended otherwise", { dynamic: true }, [runEnded(COMPLETED), runEnded(FAILED)], Reason.TRANSITION_REFUSED],
    ["the same end of a run", { dynamic: true }, [runEnded(COMPLETED), runEnded(COMPLETED)], undefined],
  ];
  test.each(cases)("%s", (_, of, changes, expected) => {
    const model = aModel(of);
    const refusals = change(model, changes);
    expect(refusals.slice(0, -1).filter(Boolean)).toEqual([]);
    expect(refusals.at(-1)?.reason).toBe(expected);
  });
});

describe("what reporters hear", () => {
  test.each([
    [FAIL_FAST, { force: true }],
    [STOP_ON_FAILURE, undefined],
    [CONTINUE_ON_FAILURE, undefined],
  ])("after a failure in mode %s: stop %o", (mode, expected) => {
    const model = aModel({ mode, plan });
    change(model, [started("d"), ended("a", FAILED)]);
    expect(stopOf(model.run)).toEqual(expected);
  });

  test("a forced stop follows a graceful one", () => {
    const model = aModel({ plan });
    change(model, [started("a"), stop()]);
    expect(stopOf(model.run)).toEqual({ force: false });
    change(model, [stop(true)]);
    expect(stopOf(model.run)).toEqual({ force: true });
  });
});

const copyOf = ({ run, steps }: Model) => ({ run: { ...run }, steps: steps.map((step) => ({ ...step })) });

const lasting: readonly Status[] = [COMPLETED, CACHED, Status.RETRIED];
const names = ["a", "b", "c", "d", "e", "x"];
const someChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2, 3, 4))
      .map(([name, attempt, status]) => started(name, attempt, status as Status)),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 3 }), fc.constantFrom(9, 9, 10, 10, 11, 12, 13), fc.boolean())
      .map(([name, attempt, status, retry]) => ended(name, status as Status, { attempt, retry })),
  },
  { weight: 1, arbitrary: fc.constantFrom(COMPLETED, FAILED, STOPPED).map(runEnded) },
  { weight: 1, arbitrary: fc.boolean().map(stop) },
  { weight: 1, arbitrary: fc.constant<Change>({ kind: "expire" }) },
  { weight: 1, arbitrary: fc.boolean().map((running) => reopen({ running })) },
);

describe("whatever happens", () => {
  const graph = { a: [], b: ["a"], c: ["a", "b"], d: [], e: ["d", "c"] };
  const kinds = fc.record({
    mode: fc.constantFrom(FAIL_FAST, STOP_ON_FAILURE, CONTINUE_ON_FAILURE),
    dynamic: fc.boolean(),
    running: fc.boolean(),
    plan: fc.constant(graph),
  });

  test("counters are what counting again says, and nothing that ended goes on within a generation", () => {
    fc.assert(
      fc.property(kinds, fc.array(fc.array(someChange, { minLength: 1, maxLength: 4 }), { maxLength: 15 }), (of, batches) => {
        const model = aModel(of);
        for (const batch of batches) {
          const before = copyOf(model);
          if (batch.some(({ kind }) => kind === "expire")) model.run = { ...model.run, heartbeatExpiresTime: model.now };
          change(model, batch);
          expect(recount(model)).toEqual(
            Object.fromEntries(Object.keys(recount(model)).map((key) => [key, model.run[key as keyof typeof model.run]])),
          );
          expect({ status: model.run.status, inProgress: model.run.inProgress === 1 }).toEqual(restate(model));
          const same = before.run.generation === model.run.generation;
          if (same && isEnded(before.run.status)) expect(model.run.status).toBe(before.run.status);
          if (same && before.run.inProgress === 0) expect(model.run.inProgress).toBe(0);
          for (const step of before.steps) {
            const now = model.steps.find(({ position }) => position === step.position);
            if (same ? isEnded(step.status) : lasting.includes(step.status)) expect(now?.status).toBe(step.status);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("what was accepted changes nothing when it is repeated", () => {
    const reports = someChange.filter((each) => each.kind === "report");
    fc.assert(
      fc.property(kinds, fc.array(reports, { maxLength: 12 }), (of, changes) => {
        const model = aModel(of);
        const refusals = change(model, changes);
        const { run, steps } = copyOf(model);
        change(
          model,
          changes.filter((_, i) => refusals[i] === undefined),
        );
        const facts = ({ name, attempt, status, latest }: (typeof steps)[number]) => `${name}/${attempt}: ${status} ${latest}`;
        expect(model.steps.map(facts).sort()).toEqual(steps.map(facts).sort());
        expect(JSON.stringify({ ...model.run, heartbeatTime: 0 })).toEqual(JSON.stringify({ ...run, heartbeatTime: 0 }));
      }),
      { numRuns: 1000 },
    );
  });
});
