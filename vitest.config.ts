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
          exclude: notOurs,
        },
      },
    ],
  },
});
