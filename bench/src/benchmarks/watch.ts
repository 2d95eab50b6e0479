import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { inspected, openHeldMemory } from "@signalbox/test/held-memory.ts";
import type { Supervised } from "@signalbox/test/supervised.ts";
import type { Benchmark, Figures } from "../benchmark.ts";
import { nodeOptions, oneProcess } from "../place.ts";
import { quantile } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline } from "../workload/pipeline.ts";
import type { Watch, Watched } from "../workload/watchers.ts";

const watchers = 1_000;
const slow = 50;
const cutsPerSecond = 10;
const perSecond = 10;
const forMs = 30_000;
const program = fileURLToPath(new URL("../workload/watchers.ts", import.meta.url));

/** A thousand watchers of one run. */
export const watch: Benchmark = {
  about:
    "A thousand watchers of one run that changes ten times a second, through the edge; some are cut off and come back, some read slowly",
  measure: async (stage) => [await follow(stage)],
};

async function follow(stage: Stage): Promise<Figures> {
  const place = await oneProcess(stage, "postgres", { NODE_OPTIONS: `${nodeOptions} ${inspected.NODE_OPTIONS}` });
  const { client, url } = place;
  const { token, start } = await bringPipeline(stage, place);
  const { id: run } = await start();
  const reports = client(ReportService, token);
  await reports.startStep({ run, step: `first@${Date.now()}` });
  const child = stage.own(fork(program), (each) => void each.kill());
  const asked: Watch = { url, token, run, watchers, slow, cutsPerSecond };
  child.send(asked);
  await heard(child);

  const held = stage.own(await openHeldMemory((place.programs.get("signalbox") as Supervised).present), (each) => each.close());
  const names: string[] = [];
  let half = 0;
  const began = performance.now();
  for (let n = 0; performance.now() - began < forMs; n++) {
    await sleep(Math.max(1, began + (n * 1000) / perSecond - performance.now()));
    const name = `s${n}@${Date.now()}`;
    await reports.startStep({ run, step: name });
    names.push(name);
    if (names.length === (forMs / 2000) * perSecond) half = (await held.look()).mb;
  }
  const end = (await held.look()).mb;
  child.send(names);
  const { latencies, cuts, resyncs, missing, messages, pieces } = (await heard(child)) as Watched;
  const sorted = [...latencies];
  const seconds = forMs / 1000;
  return {
    kind: "figures",
    title: "one process",
    conditions: `PostgreSQL; ${watchers} watchers over ${Math.ceil(watchers / 250)} HTTP/2 connections, ${slow} of them read every 3 s; ${cutsPerSecond} are cut off a second; ${names.length} changes in ${seconds} s`,
    lines: [
      { name: "report to watcher, p50", value: quantile(sorted, 0.5), unit: "ms" },
      { name: "report to watcher, p99", value: quantile(sorted, 0.99), unit: "ms", reach: { atMost: 250 } },
      { name: "messages sent", value: messages / seconds, unit: "/s" },
      { name: "pieces in which they came", value: pieces / seconds, unit: "/s" },
      { name: "watchers cut off and resumed", value: cuts, unit: "" },
      { name: "changes that a watcher missed", value: missing, unit: "", reach: { atMost: 0 } },
      { name: "watchers told to begin anew", value: resyncs, unit: "" },
      { name: "memory of the server without garbage, in the middle", value: half, unit: "MB" },
      { name: "memory of the server without garbage, at the end, of that", value: end / half, unit: "", reach: { atMost: 1.1 } },
    ],
  };
}

async function heard(child: ChildProcess): Promise<unknown> {
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`the watchers ended with ${code}`);
  });
  const [message] = (await Promise.race([once(child, "message"), failed])) as [unknown];
  failed.catch(() => {});
  return message;
}
