import { type Attributes, metrics } from "@opentelemetry/api";

export interface GaugeOptions {
  readonly description: string;
  /** "ms", "s", "MB" or what is counted, in braces: "{watchers}". */
  readonly unit: string;
  readonly attributes?: Attributes;
}

/**
 * Something that is looked at when metrics are collected, and only then. Without telemetry it
 * is never looked at. To be made after telemetry was started. What cannot be read says nothing.
 */
export function gauge(name: string, { description, unit, attributes }: GaugeOptions, read: () => number | Promise<number>): void {
  metrics
    .getMeter("signalbox")
    .createObservableGauge(name, { description, unit })
    .addCallback(async (result) => {
      const value = await Promise.resolve()
        .then(read)
        .catch(() => undefined);
      if (value !== undefined && Number.isFinite(value)) result.observe(value, attributes);
    });
}
