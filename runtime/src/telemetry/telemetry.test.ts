import { setTimeout as sleep } from "node:timers/promises";
import { metrics, trace } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { afterEach, describe, expect, test } from "vitest";
import { gauge } from "./gauges.ts";
import { rpcMetrics } from "./metrics.ts";
import { sqlSpans } from "./sql-spans.ts";
import { startTelemetry, type Telemetry } from "./start.ts";
import { injectContext, inSpan, startClientSpan, startServerSpan } from "./tracing.ts";

const method = RunService.method.getRun;
const name = "signalbox.runs.v1.RunService/GetRun";
const none = () => undefined;
let telemetry: Telemetry | undefined;

afterEach(async () => {
  await telemetry?.close();
  telemetry = undefined;
});

async function started(sampleRatio = 1) {
  const exporter = new InMemorySpanExporter();
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const metricReader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 60_000 });
  const spanProcessor = new SimpleSpanProcessor({ exporter });
  telemetry = await startTelemetry({ service: "test", version: "1", spanProcessor, metricReader, sampleRatio });
  return { spans: () => exporter.getFinishedSpans(), metricReader, exported };
}

const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;

describe("with telemetry", () => {
  test("a gauge is read when metrics are collected; one that fails says nothing, and hides no other", async () => {
    const { metricReader, exported } = await started();
    let reads = 0;
    gauge("test.depth", { description: "how many wait", unit: "{items}", attributes: { service: "runs" } }, () => ++reads);
    gauge("test.broken", { description: "what cannot be read", unit: "s" }, () => Promise.reject(new Error("no database")));
    expect(reads).toBe(0);
    await metricReader.forceFlush();
    const read = exported.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all));
    const valuesOf = (wanted: string) => read.find(({ descriptor }) => descriptor.name === wanted)?.dataPoints ?? [];
    expect(valuesOf("test.depth")).toMatchObject([{ value: 1, attributes: { service: "runs" } }]);
    expect(valuesOf("test.broken")).toEqual([]);
    expect(valuesOf("process.memory.resident")[0]?.value).toBeGreaterThan(10);
    expect(valuesOf("process.event_loop.delay")).toHaveLength(1);
  });

  test("a call continues its caller's trace, and what it does lies below it", async () => {
    const { spans } = await started();
    const headers: Record<string, string> = {};
    const client = startClientSpan(method, "grpc");
    client.run(() =>
      injectContext((key, value) => {
        headers[key] = value;
      }),
    );
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const server = startServerSpan(method, "grpc", (key) => headers[key]);
    await server.run(async () => {
      await sleep(1);
      sqlSpans()({ sql: "select * from run where id = $1", durationMs: 1 });
      await inSpan("resolve", async () => sqlSpans()({ sql: "insert into x", durationMs: 1, failure: "23505" }));
    });
    server.end("OK");
    client.end("OK");
    const [select, insert, resolve, received, made] = spans();
    expect([select, insert, resolve, received, made].map((span) => span?.name)).toEqual(["select", "insert", "resolve", name, name]);
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1);
    expect([parentOf(select), parentOf(resolve), parentOf(received)]).toEqual([idOf(received), idOf(received), idOf(made)]);
    expect(parentOf(insert)).toBe(idOf(resolve));
    expect(select?.attributes["db.query.text"]).toBe("select * from run where id = $1");
    expect(received?.attributes).toMatchObject({ "rpc.method": name, "rpc.response.status_code": "OK" });
    expect(received?.resource.attributes["service.name"]).toBe("test");
  });

  test("a refusal is no fault of the server, an internal error is", async () => {
    const { spans } = await started();
    for (const code of ["NOT_FOUND", "INTERNAL"]) startServerSpan(method, "connect", none).end(code);
    expect(spans().map(({ status }) => status.code)).toEqual([0, 2]);
  });

  test("every step of a stream runs inside its span", async () => {
    const { spans } = await started();
    const span = startServerSpan(method, "grpc", none);
    const seen: unknown[] = [];
    const look = () => seen.push(trace.getActiveSpan()?.spanContext().spanId);
    async function* source() {
      try {
        look();
        yield 1;
        await sleep(1);
        look();
        yield 2;
      } finally {
        look();
      }
    }
    for await (const item of span.runStream(source())) if (item === 2) break;
    span.end("OK");
    expect(seen).toEqual([1, 2, 3].map(() => idOf(spans()[0])));
  });

  test("a failure is recorded and thrown on", async () => {
    const { spans } = await started();
    await expect(inSpan("round", async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(spans()[0]?.status.code).toBe(2);
  });

  test("a statement outside a traced call, and a trace that was not chosen, leave no span", async () => {
    const { spans } = await started(0);
    sqlSpans()({ sql: "select 1", durationMs: 1 });
    const span = startServerSpan(method, "grpc", none);
    span.run(() => sqlSpans()({ sql: "select 1", durationMs: 1 }));
    span.end("OK");
    expect(spans()).toEqual([]);
  });

  test("calls are counted and measured by method, code and wire", async () => {
    const { metricReader, exported } = await started();
    const { served } = rpcMetrics();
    served(method, "OK", "grpc", 3);
    served(method, "OK", "grpc", 4);
    served(method, "NOT_FOUND", "connect", 1);
    await metricReader.forceFlush();
    const all = exported.getMetrics()[0]?.scopeMetrics[0]?.metrics;
    const metric = all?.find(({ descriptor }) => descriptor.name === "rpc.server.duration");
    expect(metric?.dataPoints.map(({ attributes, value }) => [attributes, (value as { count: number }).count])).toEqual([
      [{ "rpc.method": name, "rpc.response.status_code": "OK", "rpc.wire": "grpc" }, 2],
      [{ "rpc.method": name, "rpc.response.status_code": "NOT_FOUND", "rpc.wire": "connect" }, 1],
    ]);
  });
});

describe("without telemetry", () => {
  test("nothing is started, nothing is sent along, and everything works", async () => {
    telemetry = await startTelemetry({ service: "test", version: "1" });
    const headers: string[] = [];
    const span = startServerSpan(method, "grpc", () => "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    expect(span.run(() => 7)).toBe(7);
    span.run(() => injectContext((key) => headers.push(key)));
    span.end("OK");
    rpcMetrics().served(method, "OK", "grpc", 1);
    expect(headers).toEqual([]);
    expect(metrics.getMeterProvider().constructor.name).toMatch(/noop/i);
  });

  test("a call's span costs microseconds at most", () => {
    const round = () => {
      const span = startServerSpan(method, "grpc", none);
      span.run(() => 1);
      span.end("OK");
    };
    for (let n = 0; n < 20_000; n += 1) round();
    const start = performance.now();
    for (let n = 0; n < 20_000; n += 1) round();
    const each = ((performance.now() - start) * 1000) / 20_000;
    expect(each).toBeLessThan(20);
  });
});

test("a collector that is gone does not keep the program from ending", async () => {
  telemetry = await startTelemetry({ service: "test", version: "1", otlpEndpoint: "http://127.0.0.1:9/" });
  startServerSpan(method, "grpc", none).end("OK");
  const start = performance.now();
  await telemetry.close();
  expect(performance.now() - start).toBeLessThan(6_000);
}, 10_000);
