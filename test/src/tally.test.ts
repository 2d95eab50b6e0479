import { expect, test } from "vitest";
import { count, summary } from "./tally.ts";

type Modules = Parameters<typeof count>[0];

/** A module as vitest reports it, as far as counting looks. */
const aModule = (states: string[], errors: unknown[] = [], suiteErrors: unknown[] = []) => ({
  errors: () => errors,
  children: {
    allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    allSuites: () => [{ errors: () => suiteErrors }],
  },
});
const modules = (...list: ReturnType<typeof aModule>[]) => list as unknown as Modules;

test("tests are counted by how they ended", () => {
  expect(count(modules(aModule(["passed", "failed"]), aModule(["passed", "skipped"])), 0)).toEqual({ passed: 2, failed: 1, skipped: 1 });
});

test("a file that cannot be loaded, a suite whose preparation fails and an error outside of all tests are failures", () => {
  expect(count(modules(aModule([], ["syntax"]), aModule(["skipped"], [], ["no database"])), 1)).toEqual({
    passed: 0,
    failed: 3,
    skipped: 1,
  });
});

test("skipped tests are named only if there are any", () => {
  expect(summary({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
