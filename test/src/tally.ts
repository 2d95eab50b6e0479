import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** How a run of the tests ended. */
export interface Tally {
  readonly passed: number;
  /** Tests that failed; and, one each, files and suites that failed as such, and errors that no test caught. */
  readonly failed: number;
  readonly skipped: number;
}

/** The summary line that ends every run. */
export function summary({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Counts what vitest ran. */
export function count(modules: readonly Pick<TestModule, "children" | "errors">[], unhandled: number): Tally {
  const tally = { passed: 0, failed: unhandled, skipped: 0 };
  for (const module of modules) {
    tally.failed += Math.min(1, module.errors().length);
    for (const suite of module.children.allSuites()) tally.failed += Math.min(1, suite.errors().length);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== "pending") tally[state]++;
    }
  }
  return tally;
}

/** Leaves the tally of a run in a file, for the runner that started vitest. */
export function tallyReporter(file: string): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      writeFileSync(file, JSON.stringify(count(modules, unhandledErrors.length)));
    },
  };
}
