import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Benchmark, Figure, RaceLine } from "../benchmark.ts";
import { inserts } from "../floors/inserts.ts";
import { oneProcess } from "../place.ts";
import { race } from "../race.ts";
import { analyze, historyIn, manySteps } from "../workload/history.ts";
import { bringPipeline } from "../workload/pipeline.ts";
import { stepsOf } from "./step.ts";

/** How many steps lie in the database when it is measured; what takes longer than a million is measured when asked for (SIGNALBOX_BENCH_GROWTH=10000000). */
const most = Number(process.env.SIGNALBOX_BENCH_GROWTH ?? 1_000_000);
const sizes = [0, 10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= most);
const clients = 32;

/** A step costs the same however many there were before. */
export const growth: Benchmark = {
  about:
    "A whole step (four unary calls) with ever more steps stored, made inside the engine; each time against one-row inserts in the same minute",
  async measure(stage) {
    const place = await oneProcess(stage, "postgres");
    const pipeline = await bringPipeline(stage, place);
    const database = stage.own(historyIn(place.environment.SIGNALBOX_DATABASE_URL ?? ""), (each) => each.close());
    const [floor, steps] = [await inserts(stage, "postgres"), await stepsOf(pipeline, clients)];
    const model = await pipeline.start();
    await pipeline.connection.client(ReportService).startStep({ run: model.id, step: "model" });
    const { step } = await pipeline.connection.client(RunService).getStep({ run: model.id, step: "model" });

    const lines: Figure[] = [];
    let first: RaceLine | undefined;
    for (const [at, size] of sizes.entries()) {
      const before = sizes[at - 1] ?? 0;
      if (size > before) await manySteps(database, step?.id ?? "", { from: before, count: size - before });
      await analyze(database, "runs_step");
      const [, measured] = await race([floor, steps], { roundMs: 1_000, warmUpMs: at === 0 ? 3_000 : 500 });
      if (!measured) throw new Error("nothing was measured");
      first ??= measured;
      const stored = `${size.toLocaleString("en")} steps stored`;
      lines.push({ name: `${stored}, steps`, value: measured.perSecond, unit: "/s" });
      lines.push({ name: `${stored}, of the rate of inserts`, value: measured.ratio, unit: "" });
      if (size > 0) lines.push({ name: `${stored}, of empty`, value: measured.ratio / first.ratio, unit: "", reach: { atLeast: 0.9 } });
    }
    const conditions = `PostgreSQL, one process, ${clients} clients in the process that measures`;
    return [{ kind: "figures", title: "one process", conditions, lines }];
  },
};
