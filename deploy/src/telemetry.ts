import type { Config } from "@signalbox/runtime/host/config.ts";
import { startTelemetry, type Telemetry } from "@signalbox/runtime/telemetry/start.ts";
import type { commonSettings } from "./settings.ts";
import { version } from "./version.ts";

/** Traces and metrics of a program, as it is configured. */
export function telemetryOf(
  service: string,
  { otlpEndpoint, traceRatio }: Pick<Config<typeof commonSettings>, "otlpEndpoint" | "traceRatio">,
): Promise<Telemetry> {
  return startTelemetry({ service, version, ...(otlpEndpoint ? { otlpEndpoint } : {}), sampleRatio: traceRatio });
}
