import type { IMetricReader } from "@opentelemetry/sdk-metrics";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";

export interface TelemetryOptions {
  /** What the program is called in traces: "signalbox-runs". */
  readonly service: string;
  readonly version: string;
  /** The base URL of an OTLP/HTTP collector: "http://collector:4318". Without it nothing is measured. */
  readonly otlpEndpoint?: string | undefined;
  /** The part of the traces begun here that is kept, 0 to 1. Default 1. A trace begun elsewhere is kept as its beginner decided. */
  readonly sampleRatio?: number;
  /** Takes spans in place of a collector. */
  readonly spanProcessor?: SpanProcessor;
  /** Reads metrics in place of a collector. */
  readonly metricReader?: IMetricReader;
}

export interface Telemetry {
  /** Sends what is left, for at most five seconds. */
  close(): Promise<void>;
}

/** Starts measuring, once in a process, before anything that is measured is made. Without an endpoint it loads nothing and does nothing. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { otlpEndpoint, spanProcessor, metricReader } = options;
  if (!otlpEndpoint && !spanProcessor && !metricReader) return { close: async () => {} };
  const { startSdk } = await import("./sdk.ts");
  return startSdk(options);
}
