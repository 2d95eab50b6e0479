import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { guard } from "./guarded.ts";
import type { Plan } from "./plan.ts";

const scratch = mkdtempSync(join(tmpdir(), "signalbox-guarded-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A program that writes its process id, starts a child that does the same, and stays. */
function stays(name: string): Plan & { pids: () => number[] } {
  const pids = join(scratch, name);
  return {
    folder: { path: join(scratch, `${name}-folder`), files: { greeting: "hello" } },
    prepare: [],
    serve: ["sh", "-c", `cat greeting; sleep 300 & echo "$$ $!" > ${pids}.part; mv ${pids}.part ${pids}; wait`],
    signal: "SIGTERM",
    output: "tail",
    pids: () => (existsSync(pids) ? readFileSync(pids, "utf8").trim().split(" ").map(Number) : []),
  };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const started = (plan: { pids: () => number[] }) => expect.poll(() => plan.pids().length, { timeout: 10_000 }).toBe(2);
const gone = (plan: ReturnType<typeof stays>) =>
  expect.poll(() => plan.pids().filter(alive).length + Number(existsSync(plan.folder?.path ?? "")), { timeout: 10_000 }).toBe(0);

describe("a guarded program", () => {
  test("ends with its children and its folder when it is stopped", async () => {
    const plan = stays("stopped");
    const guarded = guard(plan);
    await started(plan);
    await guarded.stop();
    await gone(plan);
  });

  test("ends in the same way when the process that guards it is killed", async () => {
    const plan = stays("killed");
    const program = `import { guard } from ${JSON.stringify(new URL("guarded.ts", import.meta.url).href)};
      guard(JSON.parse(process.argv[1]));`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program, JSON.stringify(plan)], { stdio: "ignore" });
    await started(plan);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await gone(plan);
  });

  test("tells its exit code and its last words when it ends by itself", async () => {
    const guarded = guard({ prepare: [], serve: ["sh", "-c", "echo no luck; exit 3"], signal: "SIGTERM", output: "tail" });
    expect(await guarded.ended).toEqual({ code: 3, words: "no luck\n" });
  });

  test("is not started when a preparation fails", async () => {
    const guarded = guard({ prepare: [["false"]], serve: ["echo", "served"], signal: "SIGTERM", output: "tail" });
    expect(await guarded.ended).toEqual({ code: 1, words: "" });
  });
});
