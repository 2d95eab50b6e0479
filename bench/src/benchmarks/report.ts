import { createClient, type Transport } from "@connectrpc/connect";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Benchmark } from "../benchmark.ts";
import { inserts } from "../floors/inserts.ts";
import { wholeMesh } from "../place.ts";
import { type Contender, race } from "../race.ts";
import { straightTo } from "../workload/direct.ts";
import { bringPipeline, type StartedRun, stepName } from "../workload/pipeline.ts";
import { type OpenStream, openStream } from "../workload/stream.ts";

const clients = 64;
/** Reports of one message of a stream, as the SDK gathers them within its 20 ms under load. */
const perMessage = 50;

/** State transitions: a step starts, a step ends; each is a row of the step, an event and the counters of the run. */
export const report: Benchmark = {
  about: "State transitions by gRPC, 64 clients, each with a run of its own; the floor is one-row inserts",
  async measure(stage) {
    const place = await wholeMesh(stage, "postgres");
    const pipeline = await bringPipeline(stage, place);
    const straight = straightTo(stage, place, "runs");
    const many = () => Promise.all(Array.from({ length: clients }, () => pipeline.start()));
    const [direct, edge, streamed, measured] = [await many(), await many(), await many(), await many()];
    const stream = ({ id, token }: StartedRun) => stage.own(openStream(straight(token), id), (each) => each.close());
    const points = measured.map(stream).map(pointsOf);
    const transitions = streamed.map(stream).map(transitionsOf);
    const contenders: Contender[] = [
      unary("unary, straight to runs", 0.2, direct, ({ token }) => straight(token)),
      unary("unary, by the SDK's transport through the edge", 0.12, edge, ({ token }) => pipeline.connection.as(token).transport),
      { name: "stream, straight to runs", atOnce: clients, units: perMessage, reach: 0.8, work: (worker) => transitions[worker]?.() },
      { name: "points of metrics on the stream", atOnce: clients, units: 10 * perMessage, reach: 2, work: (worker) => points[worker]?.() },
    ];
    const conditions = "Eight processes, PostgreSQL and Redis, six connections each";
    const lines = await race([await inserts(stage, "postgres"), ...contenders]);
    return [{ kind: "race", title: "Transitions", conditions, unit: "report", lines }];
  },
};

function unary(name: string, reach: number, runs: readonly StartedRun[], way: (run: StartedRun) => Transport): Contender {
  const work = runs.map((run) => {
    const client = createClient(ReportService, way(run));
    let count = 0;
    return () => {
      const step = stepName(count >> 1);
      return count++ % 2 === 0
        ? client.startStep({ run: run.id, step })
        : client.endStep({ run: run.id, step, ended: { status: Status.COMPLETED } });
    };
  });
  return { name, atOnce: clients, reach, work: (worker) => work[worker]?.() };
}

function transitionsOf(stream: OpenStream): () => Promise<unknown> {
  let count = 0;
  return () =>
    stream.send(
      Array.from({ length: perMessage }, () => {
        const step = stepName(count >> 1);
        const starts = count++ % 2 === 0;
        return starts
          ? { step, change: { case: "started" as const, value: {} } }
          : { step, change: { case: "ended" as const, value: { status: Status.COMPLETED } } };
      }),
    );
}

/** Ten points a report. */
function pointsOf(stream: OpenStream): () => Promise<unknown> {
  const started = stream.send([{ step: "train", change: { case: "started", value: {} } }]);
  let index = 0n;
  return async () => {
    await started;
    const reports = Array.from({ length: perMessage }, () => {
      const points = Array.from({ length: 10 }, () => ({ name: "loss", index: index++, value: 0.5 }));
      return { step: "train", change: { case: "metrics" as const, value: { points } } };
    });
    return stream.send(reports);
  };
}
