/**
 * Runs one plan for a parent that may die at any moment. The parent holds the other
 * end of standard input: the first line is the plan, each further one an order, and
 * the end of the pipe, which the system closes even for a parent that was killed,
 * is the order to stop.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Command, Order, Plan } from "./plan.ts";

const killAfterMs = 5_000;
const tailLines = 40;

const tail: string[] = [];
let running: { child: ChildProcess; signal: NodeJS.Signals } | undefined;
let stopping = false;
let again = false;
let paused = false;

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  if (!running) return;
  const { child, signal } = running;
  if (paused) obey("resume");
  child.kill(signal);
  setTimeout(() => killGroup(child, "SIGKILL"), killAfterMs).unref();
}

/** Carries out an order. */
function obey(order: Order): void {
  if (!running) return;
  const { child, signal } = running;
  if (order === "restart") {
    again = true;
    child.kill(signal);
  } else {
    paused = order === "pause";
    for (const pid of familyOf(child.pid ?? 0)) process.kill(pid, paused ? "SIGSTOP" : "SIGCONT");
  }
}

/** A process and all that it started, by what Linux tells: servers put their workers into groups of their own. */
function familyOf(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), parent: Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1]) }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
  const family = [pid];
  for (const member of family) family.push(...parents.filter(({ parent }) => parent === member).map((each) => each.pid));
  return family;
}

/** Runs a command in a process group of its own; resolves with its exit code. Whoever it left in its group ends with it. */
function run([program, ...args]: Command, plan: Plan, signal: NodeJS.Signals): Promise<number> {
  return new Promise((resolve) => {
    const inherit = plan.output === "inherit";
    const child = spawn(program, args, {
      ...(plan.account ?? {}),
      ...(plan.folder ? { cwd: plan.folder.path } : {}),
      detached: true,
      stdio: ["ignore", inherit ? "inherit" : "pipe", inherit ? "inherit" : "pipe"],
    });
    running = { child, signal };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on("line", (line) => tail.splice(0, tail.push(line) - tailLines));
    }
    child.on("error", (error) => {
      tail.push(error.message);
      resolve(127);
    });
    child.on("exit", () => killGroup(child, "SIGKILL"));
    child.on("close", (code, killedBy) => {
      running = undefined;
      resolve(code ?? (killedBy === "SIGINT" ? 130 : 143));
    });
  });
}

function makeFolder({ folder, account }: Plan): void {
  if (!folder) return;
  mkdirSync(folder.path, { mode: 0o700 });
  for (const [name, text] of Object.entries(folder.files)) {
    const file = join(folder.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  }
  if (account) chownSync(folder.path, account.uid, account.gid);
}

async function carryOut(plan: Plan): Promise<number> {
  try {
    makeFolder(plan);
    for (const command of plan.prepare) {
      if (stopping) return 0;
      const code = await run(command, plan, "SIGKILL");
      if (code !== 0) return code;
    }
    for (;;) {
      if (stopping) return 0;
      again = false;
      const code = await run(plan.serve, plan, plan.signal);
      if (!again) return code;
    }
  } finally {
    if (plan.cleanUp) await run(plan.cleanUp, plan, "SIGKILL");
    if (plan.folder) rmSync(plan.folder.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
const input = createInterface(process.stdin);
input.on("close", stop);
input.once("line", (line) => {
  input.on("line", (order) => obey(order as Order));
  carryOut(JSON.parse(line) as Plan).then(
    (code) => {
      if (!stopping && tail.length > 0) console.error(tail.join("\n"));
      process.exitCode = code;
      process.stdin.destroy();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
