import { describe, expect, test } from "vitest";
import { type Sources, walk } from "./walk.ts";

/** Steps with what they consume and produce. */
const chain: Record<string, { in: string[]; out: string[] }> = {
  load: { in: [], out: ["raw"] },
  clean: { in: ["raw"], out: ["tidy"] },
  train: { in: ["tidy", "settings"], out: ["weights"] },
  report: { in: ["weights", "tidy"], out: ["page"] },
};
const edges = Object.entries(chain).flatMap(([step, { in: inputs, out }]) => [
  ...inputs.map((version) => ({ version, step, side: "in" })),
  ...out.map((version) => ({ version, step, side: "out" })),
]);
const sources = (near: string, far: string): Sources => ({
  stepsOf: async (versions) => edges.filter(({ side, version }) => side === near && versions.includes(version)),
  versionsOf: async (steps) => edges.filter(({ side, step }) => side === far && steps.includes(step)),
});
const up = sources("out", "in");
const down = sources("in", "out");

describe("a walk through lineage", () => {
  test("goes up to what something was made from", async () => {
    const { steps, versions, truncated } = await walk(["weights"], up, 10, 1000);
    expect([...steps]).toEqual([
      ["train", 1],
      ["clean", 2],
      ["load", 3],
    ]);
    expect(versions).toEqual(["weights", "tidy", "settings", "raw"]);
    expect(truncated).toBe(false);
  });

  test("goes down to what was made from something", async () => {
    const { steps, versions } = await walk(["tidy"], down, 10, 1000);
    expect([...steps.keys()]).toEqual(["train", "report"]);
    expect(versions).toEqual(["tidy", "weights", "page"]);
  });

  test("goes from several at once, over what they share once", async () => {
    const { steps, versions } = await walk(["page", "weights"], up, 10, 1000);
    expect([...steps.keys()]).toEqual(["train", "report", "clean", "load"]);
    expect(versions).toEqual(["page", "weights", "tidy", "settings", "raw"]);
  });

  test("says so where the hops are used up", async () => {
    const { steps, truncated } = await walk(["weights"], up, 2, 1000);
    expect([...steps.keys()]).toEqual(["train", "clean"]);
    expect(truncated).toBe(true);
  });

  test("says so where the nodes are used up", async () => {
    const { steps, versions, truncated } = await walk(["weights"], up, 10, 3);
    expect(steps.size + versions.length).toBeLessThanOrEqual(3);
    expect(truncated).toBe(true);
  });
});
