import type { ConnectError } from "@connectrpc/connect";
import type { Layer } from "../rpc/handler.ts";
import { rpcMetrics } from "../telemetry/metrics.ts";
import { isMeasuring, startServerSpan } from "../telemetry/tracing.ts";
import { statusName } from "../wire/status.ts";

/**
 * A span and a measurement around every call. Outermost, so that everything is
 * measured and belongs to the span. To be made after telemetry was started:
 * where it was not, there is nothing to do.
 */
export function trace(): Layer {
  if (!isMeasuring()) return { unary: (next) => next, stream: (next) => next };
  const metrics = rpcMetrics();
  return {
    unary: (next) => async (request, call) => {
      const began = performance.now();
      const span = startServerSpan(call.method, call.wire, call.header);
      let status = "OK";
      try {
        return await span.run(() => next(request, call));
      } catch (error) {
        status = statusName((error as ConnectError).code);
        throw error;
      } finally {
        span.end(status);
        metrics.served(call.method, status, call.wire, performance.now() - began);
      }
    },
    stream: (next) =>
      async function* (requests, call) {
        const began = performance.now();
        const span = startServerSpan(call.method, call.wire, call.header);
        let status = "OK";
        try {
          yield* span.runStream(next(requests, call));
        } catch (error) {
          status = statusName((error as ConnectError).code);
          throw error;
        } finally {
          span.end(status);
          metrics.served(call.method, status, call.wire, performance.now() - began);
        }
      },
  };
}
