import { defineConfig } from "vitest/config";
import { tallyReporter } from "./test/src/tally.ts";

const tally = process.env.SIGNALBOX_TEST_TALLY;
const shared = {
  pool: "forks",
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;
const notOurs = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ["default", ...(tally ? [tallyReporter(tally)] : [])],
    projects: [
      { test: { ...shared, name: "unit", include: ["**/src/**/*.test.ts", "lint/*.test.ts"], exclude: [...notOurs, "test/**"] } },
      { test: { ...shared, name: "store", include: ["runtime/test/**/*.test.ts", "services/*/test/**/*.test.ts"], exclude: notOurs } },
      {
        test: {
          ...shared,
          name: "mesh",
          include: ["{test,deploy/test,sdk/test,cli/test,bench/test,examples/*/test}/**/*.test.ts"],
          exclude: [...notOurs, "test/faults/**"],
        },
      },
      {
        test: {
          ...shared,
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          exclude: notOurs,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // After the others and one file at a time: they load the machine, and judge what a machine under load does.
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
