import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { describe, expect, test } from "vitest";
import { canMove, endOf, isEnded, judge, statusName } from "./transitions.ts";

const all = Object.values(Status).filter((value) => typeof value === "number" && value !== Status.UNSPECIFIED) as Status[];
const ended = [Status.COMPLETED, Status.FAILED, Status.STOPPED, Status.CACHED, Status.SKIPPED, Status.RETRIED];

describe("transitions", () => {
  test("what has ended never moves", () => {
    for (const from of ended) for (const to of all) expect(canMove(from, to), `${statusName(from)} to ${statusName(to)}`).toBe(false);
  });

  test("everything that has not ended can be stopped", () => {
    for (const from of all.filter((status) => !isEnded(status))) expect(canMove(from, Status.STOPPED), statusName(from)).toBe(true);
  });

  test.each([
    ["INITIALIZING", "RUNNING", "move"],
    ["INITIALIZING", "CACHED", "move"],
    ["QUEUED", "RUNNING", "move"],
    ["QUEUED", "COMPLETED", "refused"],
    ["PROVISIONING", "RETRYING", "move"],
    ["RUNNING", "RUNNING", "same"],
    ["RUNNING", "QUEUED", "late"],
    ["RUNNING", "COMPLETED", "move"],
    ["RUNNING", "CACHED", "refused"],
    ["RETRYING", "RETRIED", "move"],
    ["RETRYING", "COMPLETED", "refused"],
    ["RETRYING", "RUNNING", "late"],
    ["PAUSED", "RUNNING", "refused"],
    ["PAUSED", "RESUMING", "move"],
    ["STOPPING", "FAILED", "refused"],
    ["STOPPING", "COMPLETED", "move"],
    ["COMPLETED", "RUNNING", "late"],
    ["COMPLETED", "FAILED", "refused"],
    ["FAILED", "COMPLETED", "refused"],
  ] as const)("from %s to %s: %s", (from, to, outcome) => {
    expect(judge(Status[from], Status[to])).toBe(outcome);
  });
});

describe("the end of a step", () => {
  test.each([
    ["FAILED", false, false, "FAILED"],
    ["FAILED", false, true, "RETRYING"],
    ["FAILED", true, false, "STOPPED"],
    ["FAILED", true, true, "STOPPED"],
    ["COMPLETED", true, false, "COMPLETED"],
    ["SKIPPED", false, true, "SKIPPED"],
  ] as const)("%s, stopping %s, retry %s, is recorded as %s", (reported, stopping, retry, recorded) => {
    expect(endOf(Status[reported], { stopping, retry })).toBe(Status[recorded]);
  });
});
