import { setTimeout as sleep } from "node:timers/promises";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { asyncContext } from "./async-context.ts";
import { gaugeProcess } from "./process-gauges.ts";
import type { Telemetry, TelemetryOptions } from "./start.ts";
import { setMeasuring } from "./tracing.ts";

const closeTimeoutMs = 5_000;
const exportTimeoutMs = 4_000;
const metricIntervalMs = 15_000;

/** Loaded only where telemetry is configured: the SDK is large. */
export function startSdk({ service, version, otlpEndpoint, sampleRatio = 1, spanProcessor, metricReader }: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ "service.name": service, "service.version": version });
  const base = otlpEndpoint?.replace(/\/$/, "");

  const spanProcessors = [
    ...(spanProcessor ? [spanProcessor] : []),
    ...(base
      ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${base}/v1/traces`, timeoutMillis: exportTimeoutMs }) })]
      : []),
  ];
  const readers = [
    ...(metricReader ? [metricReader] : []),
    ...(base
      ? [
          new PeriodicExportingMetricReader({
            exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics`, timeoutMillis: exportTimeoutMs }),
            exportIntervalMillis: metricIntervalMs,
            exportTimeoutMillis: exportTimeoutMs,
          }),
        ]
      : []),
  ];
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) });
  const tracers = new TracerProvider({ resource, sampler, spanProcessors });
  const meters = new MeterProvider({ resource, readers });

  context.setGlobalContextManager(asyncContext());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters);
  const stop = gaugeProcess();
  setMeasuring(true);
  return {
    async close() {
      stop();
      // A collector that is gone must not keep the program from ending, nor make its end a failure.
      const flushed = Promise.allSettled([tracers.shutdown(), meters.shutdown()]);
      await Promise.race([flushed, sleep(closeTimeoutMs, undefined, { ref: false })]);
      setMeasuring(false);
      trace.disable();
      metrics.disable();
      propagation.disable();
      context.disable();
    },
  };
}
