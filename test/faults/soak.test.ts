import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BoxProcess, startBoxProcess } from "../src/box-process.ts";
import { createRuns } from "../src/create-runs.ts";
import { machine, openTestBox } from "../src/developer.ts";
import { type Held, inspected, openHeldMemory } from "../src/held-memory.ts";
import { lasting } from "../src/rounds.ts";
import { streamRun } from "../src/workload.ts";

const forMs = lasting(12_000, 30 * 60_000);
/** Less than an access token lasts: who calls without the SDK gets another in time. */
const tokenMs = 10 * 60_000;

let box: BoxProcess;
beforeAll(async () => {
  box = await startBoxProcess(inspected);
});
afterAll(() => box?.close());

test(
  "at half of what it can do, a process needs no more memory as time goes by",
  async () => {
    const load = await createRuns(box);
    const { statuses } = await load({ sockets: 16, forMs: 2_000 });
    const half = (statuses[200] ?? 0) / 2 / 2;
    const { key } = await machine(box, "workspace-developer");
    const sdk = openTestBox(box.url, key, "demo");
    const until = performance.now() + forMs;
    const heard: Record<string, number> = {};
    const loading = (async () => {
      for (let left = forMs; left > 0; left = until - performance.now()) {
        const { statuses } = await load({ sockets: 16, forMs: Math.min(left, tokenMs), perSecond: half });
        for (const [status, count] of Object.entries(statuses)) heard[status] = (heard[status] ?? 0) + count;
      }
    })();
    const samples: Sample[] = [];
    const held = await openHeldMemory(box.program.present);
    const sampling = (async () => {
      while (performance.now() < until) {
        samples.push({ minutes: (forMs - until + performance.now()) / 60_000, ...(await held.look()) });
        await sleep(forMs / 20);
      }
    })();
    let runs = 0;
    while (performance.now() < until - 1_000) {
      await streamRun(sdk, "soak");
      runs++;
      await sleep(500);
    }
    sdk.close();
    await loading;
    await sampling;
    held.close();
    const settled = samples.slice(Math.floor(samples.length / 3));
    const slope = slopeOf(settled);
    console.log({ half, runs, statuses: heard, mbPerMinute: slope, samples: [samples[0], settled[0], samples.at(-1)] });
    expect(Object.keys(heard)).toEqual(["200"]);
    // In a few seconds caches fill up: they tell a flood from a calm, and no more.
    expect(slope).toBeLessThan(lasting(300, 1));
  },
  lasting(120_000, forMs + 120_000),
);

interface Sample extends Held {
  readonly minutes: number;
}

/** By how much the resident memory rises in a minute: the least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ mb }) => mb)];
  const over = samples.reduce((sum, { minutes, mb }) => sum + (minutes - x) * (mb - y), 0);
  return over / samples.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0);
}
