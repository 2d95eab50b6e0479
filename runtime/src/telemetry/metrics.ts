import type { DescMethod } from "@bufbuild/protobuf";
import { type Attributes, metrics } from "@opentelemetry/api";
import type { Wire } from "../rpc/call.ts";

/** Rate, errors and duration of every method, in one histogram. */
export interface RpcMetrics {
  /** A call that was served. `code` is the status as gRPC names it. */
  served(method: DescMethod, code: string, wire: Wire, durationMs: number): void;
}

// From a warm read to a call that waits for a cloud.
const boundaries = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** To be called after telemetry was started: a histogram that was made before stays deaf. */
export function rpcMetrics(): RpcMetrics {
  const durations = metrics.getMeter("signalbox").createHistogram("rpc.server.duration", {
    description: "How long calls took to be served",
    unit: "ms",
    advice: { explicitBucketBoundaries: boundaries },
  });
  // As many as there are methods, codes and wires; made once, because they are looked up on every call.
  const known = new Map<string, Attributes>();
  return {
    served(method, code, wire, durationMs) {
      const name = `${method.parent.typeName}/${method.name}`;
      const series = `${name} ${code} ${wire}`;
      let attributes = known.get(series);
      if (!attributes) {
        attributes = { "rpc.method": name, "rpc.response.status_code": code, "rpc.wire": wire };
        known.set(series, attributes);
      }
      durations.record(durationMs, attributes);
    },
  };
}
