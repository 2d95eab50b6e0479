import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Call } from "../rpc/call.ts";
import type { Layer } from "../rpc/handler.ts";
import { until } from "../rpc/streams.ts";

// What a caller who states nothing is given, and the most that a caller is given.
const unaryMs = 30_000;
const longestUnaryMs = 120_000;

const exceeded = () => new SignalboxError(Reason.DEADLINE_EXCEEDED, "the deadline passed before the answer was ready");

/** Gives every unary call an end. Streams end when their caller says so, where it does. */
export const deadline: Layer = {
  unary: (next) => (request, call) => {
    const now = Date.now();
    call.deadline = Math.min(call.deadline ?? now + unaryMs, now + longestUnaryMs);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => expire(call, reject), Math.max(0, (call.deadline ?? now) - now));
      next(request, call)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  },
  stream: (next) =>
    async function* (requests, call) {
      const timer = call.deadline === undefined ? undefined : setTimeout(() => expire(call), Math.max(0, call.deadline - Date.now()));
      try {
        yield* until(next(requests, call), call.signal);
      } finally {
        clearTimeout(timer);
      }
    },
};

function expire(call: Call, reject?: (reason: unknown) => void): void {
  const failure = exceeded();
  call.abort(failure);
  reject?.(failure);
}
