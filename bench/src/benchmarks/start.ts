import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { clientsOf } from "@signalbox/test/plane.ts";
import type { Benchmark } from "../benchmark.ts";
import { residentMB } from "../memory.ts";
import { median } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bursts } from "../workload/bursts.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const password = "a-password-for-benchmarks";
const rounds = 5;
const firstRounds = 3;
/** How long after it is ready, or after a burst, its memory is looked at. */
const restMs = 5_000;

/** What `npm start` runs: the same flags and the same file. */
const script = (JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: { start: string } }).scripts.start
  .split(" ")
  .slice(1);

/** From the command to an answer, and what it holds. */
export const start: Benchmark = {
  about: "npm start, from the command to ready, on SQLite; the floor is node that starts and does nothing",
  async measure(stage) {
    const empty = await times(rounds, () => ended(spawn(process.execPath, ["-e", ""], { cwd: root })));
    const first = await times(firstRounds, async () => stop(await ready(stage.folder())));
    const folder = stage.folder();
    await stop(await ready(folder));
    const again: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const running = await ready(folder);
      again.push(performance.now() - began);
      await stop(running);
    }
    const npm = await times(rounds, () => ended(spawn("npm", ["--version"], { cwd: root })));
    return [
      {
        kind: "figures",
        title: "time",
        conditions: `SQLite; the median of ${rounds} starts, ${firstRounds} of the first; what was compiled before is kept`,
        lines: [
          { name: "floor: node's own empty start", value: median(empty), unit: "ms" },
          { name: "an existing folder, to ready", value: median(again), unit: "ms", reach: { atMost: 1_500 } },
          { name: "the first start, to ready and stopped again", value: median(first), unit: "ms", reach: { atMost: 3_000 } },
          { name: "what npm itself adds (npm --version)", value: median(npm), unit: "ms" },
        ],
      },
      await memory(stage, folder),
    ];
  },
};

async function memory(stage: Stage, folder: string) {
  const { child, url } = await ready(folder);
  stage.own(child, (each) => void each.kill());
  const look = async () => {
    await sleep(restMs);
    return residentMB(child.pid ?? 0);
  };
  const idle = await look();
  const client = clientsOf(url);
  const { tokens } = await client(AuthService).signIn({ userName: "admin", password });
  const burst = await bursts(stage, { url, client, admin: tokens?.accessToken ?? "" });
  const after: number[] = [];
  for (let n = 0; n < 10; n++) {
    await burst();
    after.push(await look());
  }
  const [fifth = 0, tenth = 0] = [after[4], after[9]];
  return {
    kind: "figures" as const,
    title: "memory",
    conditions: `SQLite; resident, ${restMs / 1000} s after it was ready and after each burst of 100 runs of 100 steps, reported in batches of 100`,
    lines: [
      { name: "idle", value: idle, unit: "MB", reach: { atMost: 180 } },
      { name: "after five bursts", value: fifth, unit: "MB" },
      { name: "after ten bursts", value: tenth, unit: "MB", reach: { atMost: 400 } },
      { name: "after ten bursts, of that after five", value: tenth / fifth, unit: "", reach: { atMost: 1.05 } },
    ],
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

async function ready(folder: string): Promise<Started> {
  const environment = {
    PATH: process.env.PATH ?? "",
    SIGNALBOX_DATA: folder,
    SIGNALBOX_PORT: "0",
    SIGNALBOX_ADMIN_PASSWORD: password,
    SIGNALBOX_ADDRESS_RATE: "1000000",
    SIGNALBOX_PRINCIPAL_RATE: "1000000",
  };
  const child = spawn(process.execPath, script, { cwd: root, env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let written = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    written += String(chunk);
    const url = /"url":"([^"]+)".*"msg":"ready"/.exec(written)?.[1];
    if (url) {
      child.stdout.resume();
      return { child, url };
    }
  }
  throw new Error(`it did not start:\n${written}`);
}

async function stop({ child }: Started): Promise<void> {
  child.kill("SIGTERM");
  await ended(child);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function times(count: number, work: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < count; round++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return took;
}
