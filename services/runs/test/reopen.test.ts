import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { ExecutionMode } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { describe, expect, test } from "vitest";
import type { Change } from "../src/report/change.ts";
import { statusName } from "../src/status/transitions.ts";
import { aModel, change, ended, type Model, recount, reopen, runEnded, started, stop } from "./model.ts";

const { COMPLETED, FAILED, STOPPED, SKIPPED, CACHED, QUEUED } = Status;
const { CONTINUE_ON_FAILURE } = ExecutionMode;

const pause: Change = { kind: "pause", reason: "" };
const answered: Change = { kind: "resume", reason: "", executed: false };

/** a -> b -> c, and d by itself. */
const plan = { a: [], b: ["a"], c: ["b"], d: [] };

const stand = ({ run }: Model) => `${statusName(run.status)}${run.inProgress ? " in progress" : ""}`;
const steps = ({ steps: rows }: Model) =>
  Object.fromEntries(
    rows.filter(({ latest }) => latest === 1).map(({ name, attempt, status }) => [name, `${statusName(status)} ${attempt}`]),
  );

describe("a run is resumed", () => {
  const cases: [string, Parameters<typeof aModel>[0], Change[], Reason | "RESUMING" | "INITIALIZING" | "COMPLETED"][] = [
    ["running", { plan }, [started("a")], Reason.RUN_IN_PROGRESS],
    ["failed, something still running", { plan }, [started("d"), ended("a", FAILED)], Reason.RUN_IN_PROGRESS],
    ["stopping", { plan }, [started("a"), stop()], Reason.RUN_IN_PROGRESS],
    ["completed", { plan: { a: [] } }, [ended("a", COMPLETED)], Reason.TRANSITION_REFUSED],
    ["completed by what its reporter said", { dynamic: true }, [ended("a", COMPLETED), runEnded(COMPLETED)], Reason.TRANSITION_REFUSED],
    ["failed", { plan }, [ended("a", FAILED)], "INITIALIZING"],
    ["failed without a step", { plan }, [runEnded(FAILED)], "INITIALIZING"],
    ["failed although all completed", { plan: { a: [] }, dynamic: true }, [ended("a", COMPLETED), runEnded(FAILED)], "INITIALIZING"],
    ["stopped before it began", { plan, running: false }, [stop()], "INITIALIZING"],
    ["stopped", { plan }, [started("a"), stop(), ended("a", STOPPED)], "INITIALIZING"],
    ["paused", { dynamic: true }, [ended("a", COMPLETED), pause], "RESUMING"],
    ["paused, something still running", { dynamic: true }, [started("a"), pause], Reason.RUN_IN_PROGRESS],
    ["answered, and not taken up yet", { dynamic: true }, [pause, answered], "RESUMING"],
    ["paused and stopped", { dynamic: true }, [pause, stop()], "INITIALIZING"],
    ["stopped when nothing was left to do", { plan: { a: [] } }, [started("a"), stop(), ended("a", COMPLETED)], "COMPLETED"],
  ];
  test.each(cases)("that is %s", (_, of, changes, expected) => {
    const model = aModel(of);
    change(model, changes);
    const [refusal] = change(model, [reopen()]);
    if (typeof expected === "number") {
      expect(refusal?.reason).toBe(expected);
      expect(model.run.generation).toBe(1);
      return;
    }
    expect(refusal).toBeUndefined();
    expect(stand(model)).toBe(expected === "COMPLETED" ? expected : `${expected} in progress`);
    expect(model.run).toMatchObject({ generation: 2, failed: 0, stopped: 0, stopping: 0, ended: 0 });
    expect(model.run).toMatchObject(recount(model));
  });

  test.each<[string, Change[], string]>([
    ["completed", [ended("a", COMPLETED)], "COMPLETED 1"],
    ["cached", [ended("a", CACHED)], "CACHED 1"],
    ["left out by choice", [ended("a", SKIPPED)], "SKIPPED 1"],
    ["failed", [ended("a", FAILED)], "RETRIED 1"],
    ["stopped", [ended("a", STOPPED)], "RETRIED 1"],
    ["failed twice", [ended("a", FAILED, { retry: true }), ended("a", FAILED, { attempt: 2 })], "RETRIED 2"],
    ["waiting for another attempt", [ended("a", FAILED, { retry: true })], "RETRIED 1"],
  ])("with a step that is %s", (_, changes, expected) => {
    const model = aModel({ plan });
    change(model, [...changes, runEnded(FAILED)]);
    expect(change(model, [reopen()])).toEqual([undefined]);
    expect(steps(model).a).toBe(expected);
  });

  test("and what was left out because another failed is tried again", () => {
    const model = aModel({ plan, mode: CONTINUE_ON_FAILURE });
    change(model, [started("c", 1, QUEUED), started("d"), ended("a", FAILED), ended("b", SKIPPED), ended("d", COMPLETED)]);
    expect(stand(model)).toBe("FAILED");
    expect(change(model, [reopen({ running: true })])).toEqual([undefined]);
    expect(stand(model)).toBe("RUNNING in progress");
    expect(steps(model)).toEqual({ a: "RETRIED 1", b: "RETRIED 1", c: "RETRIED 1", d: "COMPLETED 1" });
    expect(model.run).toMatchObject(recount(model));
    change(model, [ended("a", COMPLETED, { attempt: 2 }), ended("b", COMPLETED, { attempt: 2 }), ended("c", COMPLETED, { attempt: 2 })]);
    expect(stand(model)).toBe("COMPLETED");
    expect(model.run).toMatchObject(recount(model));
  });

  test("and goes on with the next attempts, not with those of before", () => {
    const model = aModel({ plan });
    change(model, [ended("a", COMPLETED), ended("b", FAILED)]);
    change(model, [reopen()]);
    for (const late of [started("b"), ended("b", COMPLETED), ended("b", FAILED)]) {
      expect(change(model, [late])[0]).toMatchObject({ reason: Reason.ATTEMPT_STALE, metadata: { next: "2" } });
    }
    expect(change(model, [started("a", 2)])[0]?.reason).toBe(Reason.TRANSITION_REFUSED);
    expect(change(model, [started("b", 2), ended("b", COMPLETED, { attempt: 2 })])).toEqual([undefined, undefined]);
    change(model, [ended("c", COMPLETED), ended("d", COMPLETED)]);
    expect(stand(model)).toBe("COMPLETED");
    expect(steps(model)).toEqual({ a: "COMPLETED 1", b: "COMPLETED 2", c: "COMPLETED 1", d: "COMPLETED 1" });
  });

  test("and may do without what failed before, where its steps are not planned", () => {
    const model = aModel({ dynamic: true });
    change(model, [ended("a", COMPLETED), ended("trian", FAILED), runEnded(FAILED)]);
    change(model, [reopen({ running: true }), ended("train", COMPLETED), runEnded(COMPLETED)]);
    expect(stand(model)).toBe("COMPLETED");
  });

  test("only as it was decided upon", () => {
    const model = aModel({ plan });
    change(model, [ended("a", FAILED)]);
    expect(change(model, [reopen({ etag: "r99" })])[0]?.reason).toBe(Reason.ETAG_MISMATCH);
    expect(change(model, [reopen({ etag: `r${model.run.revision}` })])).toEqual([undefined]);
  });
});
