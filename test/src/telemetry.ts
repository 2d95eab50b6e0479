import type { Received } from "./receiver.ts";

/** A span as OTLP carries it in JSON, with the program it comes from. */
export interface CollectedSpan {
  readonly program: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent for the first of a trace. */
  readonly parentSpanId?: string;
  readonly name: string;
  /** 2 for the side that serves a call, 3 for the side that makes it. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A histogram's series. */
export interface CollectedSeries {
  readonly program: string;
  readonly name: string;
  readonly count: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What programs told of themselves. */
export interface Telemetry {
  readonly spans: readonly CollectedSpan[];
  /** The newest state of each series. */
  readonly series: readonly CollectedSeries[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Resource {
  readonly attributes: readonly Attribute[];
}
type SpanOnWire = Omit<CollectedSpan, "program" | "attributes"> & { readonly attributes: readonly Attribute[] };
interface MetricOnWire {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly { readonly count: number | string; readonly attributes: readonly Attribute[] }[] };
}
interface Export {
  readonly resourceSpans?: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly spans: readonly SpanOnWire[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly { readonly metrics: readonly MetricOnWire[] }[];
  }[];
}

const toRecord = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const programOf = ({ attributes }: Resource) => String(toRecord(attributes)["service.name"]);

/** Reads exports by OTLP over HTTP in JSON, spans and metrics, oldest first. */
export function readTelemetry(received: readonly Pick<Received, "body">[]): Telemetry {
  const spans: CollectedSpan[] = [];
  const series = new Map<string, CollectedSeries>();
  for (const { body } of received) {
    const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(body.toString()) as Export;
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, attributes: toRecord(span.attributes), program: programOf(resource) });
      }
    }
    for (const { resource, scopeMetrics } of resourceMetrics) {
      for (const { name, histogram } of scopeMetrics.flatMap((scope) => scope.metrics)) {
        for (const { count, attributes } of histogram?.dataPoints ?? []) {
          const one = { program: programOf(resource), name, count: Number(count), attributes: toRecord(attributes) };
          series.set(JSON.stringify([one.program, name, one.attributes]), one);
        }
      }
    }
  }
  return { spans, series: [...series.values()] };
}
