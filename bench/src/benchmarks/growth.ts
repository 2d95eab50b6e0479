import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { sql } from "kysely";
import type { Benchmark, Figure, RaceLine } from "../benchmark.ts";
import { oneProcess } from "../place.ts";
import { race } from "../race.ts";
import { analyze, historyIn, manySteps } from "../workload/history.ts";
import { wholeSteps } from "../workload/step.ts";
import { ground } from "../workload/workspace.ts";

/** How many steps lie in the database when it is measured. */
const sizes = [0, 10_000, 100_000, 1_000_000] as const;
const atOnce = 32;

/** A step costs the same however many there were before. */
export const growth: Benchmark = {
  about:
    "A whole step (four unary calls) with ever more steps stored, made inside the engine; each time against one-row inserts in the same minute",
  async measure(stage) {
    const place = await oneProcess(stage, "postgres");
    const here = await ground(place);
    const database = stage.own(historyIn(place.environment.SIGNALBOX_DATABASE_URL ?? "", 6), (each) => each.close());
    await sql`create table bench_floor (id uuid primary key, payload text not null)`.execute(database.db);
    const model = await here.run();
    await place.client(ReportService, here.token).startStep({ run: model, step: "model" });
    const { step } = await place.client(RunService, here.token).getStep({ run: model, step: "model" });

    const work = wholeSteps(place, here);
    const lines: Figure[] = [];
    let first: RaceLine | undefined;
    for (const [at, size] of sizes.entries()) {
      const before = sizes[at - 1] ?? 0;
      if (size > before) await manySteps(database, step?.id ?? "", { from: before, count: size - before });
      await analyze(database, "runs_step");
      const [, measured] = await race(
        [
          { name: "floor", atOnce, work: () => sql`insert into bench_floor values (${newUuid()}, ${"a row"})`.execute(database.db) },
          { name: "step", atOnce, work },
        ],
        { roundMs: 1_000, warmUpMs: at === 0 ? 3_000 : 500 },
      );
      if (!measured) throw new Error("nothing was measured");
      first ??= measured;
      const stored = `${size.toLocaleString("en")} steps stored`;
      lines.push({ name: `${stored}, steps`, value: measured.perSecond, unit: "/s" });
      lines.push({ name: `${stored}, of the rate of inserts`, value: measured.ratio, unit: "" });
      if (size > 0) lines.push({ name: `${stored}, of empty`, value: measured.ratio / first.ratio, unit: "", reach: { atLeast: 0.9 } });
    }
    const conditions = `PostgreSQL, one process, ${atOnce} clients in the process that measures; the floor has 6 connections, ${atOnce} inserts at once`;
    return [{ kind: "figures", title: "one process", conditions, lines }];
  },
};
