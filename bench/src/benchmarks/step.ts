import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { inserts } from "../floors/inserts.ts";
import { oneProcess } from "../place.ts";
import { type Contender, race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bringPipeline, type Pipeline } from "../work/pipeline.ts";
import { wholeSteps } from "../work/step.ts";

const about =
  "A whole step: start, register one version of an output, note a fact, complete; four unary calls by the SDK's transport; the floor is one-row inserts";

export const step: Benchmark = {
  about,
  async measure(stage) {
    const place = await oneProcess(stage, "postgres");
    const pipeline = await bringPipeline(stage, place);
    const floor = await inserts(stage, "postgres");
    const contenders = await Promise.all([1, 8, 32, 100].map((clients) => stepsOf(pipeline, clients)));
    const lines = await race([floor, ...contenders]);
    return [{ kind: "race", title: "In one process", conditions: "one process, PostgreSQL, a run for each client", unit: "step", lines }];
  },
};

async function stepsOf(pipeline: Pipeline, clients: number): Promise<Contender> {
  const runs = await Promise.all(Array.from({ length: clients }, () => pipeline.start()));
  const work = runs.map((run) => {
    const { transport } = pipeline.connection.as(run.token);
    return wholeSteps({ runs: transport, artifacts: transport }, run);
  });
  return { name: `${clients} clients`, atOnce: clients, work: (worker) => work[worker]?.(), ...(clients === 32 && { reach: 0.08 }) };
}
