import { setTimeout as sleep } from "node:timers/promises";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Benchmark, Figure } from "../benchmark.ts";
import { oneProcess } from "../place.ts";
import { median, quantile } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline, type Pipeline, stepName } from "../workload/pipeline.ts";
import { type OpenStream, openStream } from "../workload/stream.ts";

const runs = 100;
const steps = 100;
const rounds = 3;
/** How many reports travel together where the rate is sustained. */
const perMessage = 10;
/** Messages of a stream that wait for their acknowledgement where as many are sent as are taken. */
const open = 4;
const sustainedMs = 5_000;
const pacedMs = 6_000;

/** Everything begins at once, as when a scheduler fires on the hour. */
export const burst: Benchmark = {
  about: `${runs} runs of ${steps} steps start in the same second, by streams; and what an acknowledgement takes at half of that rate`,
  async measure(stage) {
    const pipeline = await bringPipeline(stage, await oneProcess(stage, "postgres"));
    const bursts: number[] = [];
    for (let round = 0; round < rounds; round++) bursts.push(await burstOf(stage, pipeline));
    const worst = Math.max(...bursts);
    const most = await sustained(stage, pipeline);
    const latencies = await paced(stage, pipeline, most / 2);
    const lines: Figure[] = [
      { name: "all durable, the worst of three bursts", value: worst, unit: "s", reach: { atMost: 4 } },
      { name: "steps started in a burst", value: (runs * steps) / median(bursts), unit: "steps/s" },
      { name: `steps started, sustained, ${perMessage} in a message`, value: most, unit: "steps/s" },
      { name: "acknowledgement at half of that, p50", value: quantile(latencies, 0.5), unit: "ms" },
      { name: "acknowledgement at half of that, p99", value: quantile(latencies, 0.99), unit: "ms", reach: { atMost: 250 } },
    ];
    return [{ kind: "figures", title: "A burst", conditions: `One process, PostgreSQL, ${runs} streams by the SDK's transport`, lines }];
  },
};

async function streams(
  stage: Stage,
  { connection, start }: Pipeline,
): Promise<readonly { readonly id: string; readonly stream: OpenStream }[]> {
  const opened: { readonly id: string; readonly stream: OpenStream }[] = [];
  for (let at = 0; at < runs; at++) {
    const { id, token } = await start();
    opened.push({ id, stream: stage.own(openStream(connection.as(token).transport, id), (each) => each.close()) });
  }
  return opened;
}

/** How many seconds it takes until all has begun, and is known to have. */
async function burstOf(stage: Stage, pipeline: Pipeline): Promise<number> {
  const opened = await streams(stage, pipeline);
  const began = performance.now();
  await Promise.all(opened.map(({ stream }) => stream.send(Array.from({ length: steps }, (_, at) => startOf(at)))));
  const took = (performance.now() - began) / 1000;
  const client = pipeline.connection.client(RunService);
  for (const { id } of opened) {
    const { run } = await client.getRun({ run: id });
    if (run?.steps?.running !== steps) throw new Error(`of run ${id} ${run?.steps?.running} steps run`);
  }
  return took;
}

/** How many steps a second are started where every stream sends its next message as soon as it may. */
async function sustained(stage: Stage, pipeline: Pipeline): Promise<number> {
  const opened = await streams(stage, pipeline);
  const began = performance.now();
  let messages = 0;
  await Promise.all(
    opened.map(async ({ stream }) => {
      let next = 0;
      const sender = async () => {
        while (performance.now() - began < sustainedMs) {
          const first = perMessage * next++;
          await stream.send(Array.from({ length: perMessage }, (_, i) => startOf(first + i)));
          messages += 1;
        }
      };
      await Promise.all(Array.from({ length: open }, sender));
    }),
  );
  return (messages * perMessage * 1000) / (performance.now() - began);
}

/** What acknowledgements take at a rate, in milliseconds, counted from when a message was due. */
async function paced(stage: Stage, pipeline: Pipeline, perSecond: number): Promise<number[]> {
  const opened = await streams(stage, pipeline);
  const everyMs = (runs * perMessage * 1000) / perSecond;
  const latencies: number[] = [];
  await Promise.all(
    opened.map(async ({ stream }, at) => {
      const began = performance.now() + (everyMs * at) / runs;
      const sent: Promise<unknown>[] = [];
      for (let message = 0; message * everyMs < pacedMs; message++) {
        const due = began + message * everyMs;
        await sleep(Math.max(0, due - performance.now()));
        const reports = Array.from({ length: perMessage }, (_, i) => startOf(message * perMessage + i));
        sent.push(stream.send(reports).then(() => latencies.push(performance.now() - due)));
      }
      await Promise.all(sent);
    }),
  );
  return latencies;
}

const startOf = (at: number) => ({ step: stepName(at), change: { case: "started" as const, value: {} } });
