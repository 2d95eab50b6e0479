import { create, type DescMessage, type DescMethod, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { MetricService } from "@signalbox/gen/signalbox/runs/v1/metric_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Section } from "../benchmark.ts";
import { browser, type Taken } from "../load/wire.ts";
import { oneProcess } from "../place.ts";
import { quantile } from "../race.ts";
import type { Stage } from "../stage.ts";
import { largeRun } from "../workload/large-run.ts";
import { bringPipeline, stepName } from "../workload/pipeline.ts";

const steps = 1_000;
const points = 10;
const pages = 200;
const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", mysql: "MariaDB", sqlite: "SQLite" };

const bound =
  "the rows of a page: a thousand steps, as many outputs, versions and series, which become messages and text and are thrown away again, 26 MB of them. A third of the program's time is the collection of garbage, a seventh protobuf, a seventh the reading of rows. Half of the pages take two thirds of the time that is allowed; what delays the slowest is not known";

/** The page of one large run, as a dashboard opens it. */
const pageOn = (dialect: DialectName): Benchmark => ({
  about: `What a dashboard asks for to show one run of ${steps.toLocaleString("en")} steps with its graph and its metrics, on ${names[dialect]}`,
  bound,
  measure: (stage) => on(stage, dialect),
});

export const runPage: Benchmark = pageOn("postgres");
export const runPageOnMariadb: Benchmark = pageOn("mysql");
export const runPageOnSqlite: Benchmark = pageOn("sqlite");

async function on(stage: Stage, dialect: DialectName): Promise<readonly Section[]> {
  const place = await oneProcess(stage, dialect);
  const pipeline = await bringPipeline(stage, place);
  const run = await largeRun(pipeline, steps, points);
  const { call, close } = browser(place.url, pipeline.token);
  stage.own(undefined, close);
  const { listMetadata, listMetricPoints } = MetricService.method;
  // The run, its steps with their last values and what passed between them; what was logged of late; the curve that is shown first.
  const calls = [
    asked(RunService.method.getRunGraph, { run, brief: true }),
    asked(listMetadata, { run, pageSize: 50 }),
    asked(listMetricPoints, { run, step: stepName(0), metric: "loss" }),
  ];
  const open = () => Promise.all(calls.map(({ path, body }) => call(path, body)));
  for (let n = 0; n < pages / 10; n++) await open();
  const took: number[] = [];
  let last: readonly Taken[] = [];
  for (let n = 0; n < pages; n++) {
    const began = performance.now();
    last = await open();
    took.push(performance.now() - began);
  }
  const bytes = last.reduce((sum, each) => sum + each.bytes, 0);
  const asks = dialect === "postgres";
  return [
    {
      kind: "figures",
      title: names[dialect],
      conditions: `One process; Connect in protobuf over kept connections of HTTP/1.1, answers compressed (${last[0]?.encoding}); ${pages} pages one after another, the calls of each at once`,
      lines: [
        { name: "calls for a page", value: calls.length, unit: "", ...(asks && { reach: { atMost: 3 } }) },
        { name: "a page, p50", value: quantile(took, 0.5), unit: "ms" },
        { name: "a page, p99", value: quantile(took, 0.99), unit: "ms", ...(asks && { reach: { atMost: 60 } }) },
        { name: "its answers on the wire", value: bytes / 1000, unit: "kB", ...(asks && { reach: { atMost: 400 } }) },
      ],
    },
  ];
}

function asked<I extends DescMessage>(method: DescMethod & { readonly input: I }, init: MessageInitShape<I>) {
  return { path: `/${method.parent.typeName}/${method.name}`, body: toBinary(method.input, create(method.input, init)) };
}
