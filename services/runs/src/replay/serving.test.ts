import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { describe, expect, test } from "vitest";
import type { Plan } from "../status/plan.ts";
import { type Serving, servingSteps } from "./serving.ts";

/** load → clean → train → rate, and load → draw beside them. */
const all: Plan = new Map([
  ["load", []],
  ["clean", ["load"]],
  ["draw", ["load"]],
  ["train", ["clean"]],
  ["rate", ["train", "draw"]],
]);

const some = (...names: readonly string[]): Plan => new Map([...all].filter(([name]) => names.includes(name)));
const asked: Serving = { done: all, all, isSame: () => true, completed: true, skip: [], again: [] };
const served = (of: Partial<Serving>) => [...servingSteps({ ...asked, ...of })].sort().join(" ");

describe("the steps that serve", () => {
  test.each<[string, Partial<Serving>, string]>([
    ["all that are done", {}, "clean draw load rate train"],
    ["those before what failed, and beside it", { done: some("load", "draw", "train") }, "draw load"],
    ["not what runs again, nor what comes after it", { again: ["clean"] }, "draw load"],
    ["not what is done otherwise now, nor what comes after it", { isSame: (name) => name !== "draw" }, "clean load train"],
    ["none where nothing is asked for", { completed: false }, ""],
    ["those named, with all before them", { completed: false, skip: ["train"] }, "clean load train"],
    ["those named, and no others", { completed: false, skip: ["draw"], again: ["clean"] }, "draw load"],
  ])("are %s", (_, of, names) => {
    expect(served(of)).toBe(names);
  });

  test.each<[Partial<Serving>, string]>([
    [{ skip: ["rate"], done: some("load", "clean", "train", "rate") }, '"draw" is not done in the original'],
    [{ skip: ["rate"], again: ["clean"] }, '"clean" is to run again'],
    [{ skip: ["train"], again: ["train"] }, '"train" is to run again'],
    [{ skip: ["train"], isSame: (name) => name !== "load", completed: false }, '"load" is done otherwise now'],
    [{ skip: ["sing"] }, 'no step "sing"'],
    [{ again: ["sing"] }, 'no step "sing"'],
  ])("a step that must serve and cannot is refused with its cause: %#", (of, cause) => {
    expect(() => served(of)).toThrow(SignalboxError);
    expect(() => served(of)).toThrow(cause);
  });

  test("a chain of 10,000 is walked, and steps in a circle do not serve", () => {
    const chain: Plan = new Map(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, i === 0 ? [] : [`s${i - 1}`]]));
    expect(servingSteps({ ...asked, done: chain, all: chain, again: ["s9000"] }).size).toBe(9000);
    const circle: Plan = new Map([
      ["a", ["b"]],
      ["b", ["a"]],
    ]);
    expect(servingSteps({ ...asked, done: circle, all: circle }).size).toBe(0);
  });
});
