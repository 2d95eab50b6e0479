import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

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

/** Takes in what programs export by OTLP over HTTP, as a collector would. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** The newest state of each series. */
  readonly series: () => readonly CollectedSeries[];
  close(): Promise<void>;
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

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const series = new Map<string, CollectedSeries>();

  function take({ resourceSpans = [], resourceMetrics = [] }: Export): void {
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

  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        take(JSON.parse(body) as Export);
        response.setHeader("content-type", "application/json").end("{}");
      },
      () => response.destroy(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    series: () => [...series.values()],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
