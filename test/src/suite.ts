import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guard } from "./servers/guarded.ts";
import type { Tally } from "./tally.ts";

const vitest = join(fileURLToPath(new URL("../../", import.meta.url)), "node_modules/vitest/vitest.mjs");

/**
 * Runs vitest and says how it went. Whatever the tests leave running in vitest's process group ends with it.
 * Fails if vitest ends without a tally.
 */
export async function runSuite(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Tally & { exitCode: number }> {
  signal.throwIfAborted();
  const report = join(tmpdir(), `signalbox-tally-${randomUUID()}.json`);
  const run = guard(
    { prepare: [], serve: [process.execPath, vitest, "run", ...words], signal: "SIGTERM", output: "inherit" },
    { ...process.env, ...environment, SIGNALBOX_TEST_TALLY: report },
  );
  const stop = () => void run.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { code } = await run.ended;
    signal.throwIfAborted();
    if (!existsSync(report)) throw new Error(`vitest ended with code ${code} before it had run the tests`);
    return { ...(JSON.parse(readFileSync(report, "utf8")) as Tally), exitCode: code };
  } finally {
    signal.removeEventListener("abort", stop);
    rmSync(report, { force: true });
  }
}
