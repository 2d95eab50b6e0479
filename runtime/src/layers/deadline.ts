import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Call } from "../rpc/call.ts";
import { expiry } from "../rpc/expiry.ts";
import type { Layer } from "../rpc/handler.ts";
import { ending, until } from "../rpc/streams.ts";

// What a caller who states nothing is given, and the most that a caller is given.
const unaryMs = 30_000;
const longestUnaryMs = 120_000;

const exceeded = () => new SignalboxError(Reason.DEADLINE_EXCEEDED, "the deadline passed before the answer was ready");

// A timer for each call would cost more than all that is done with it.
const calls = expiry();

/** Gives every unary call an end. Streams end when their caller says so, where it does. */
export const deadline: Layer = {
  unary: (next) => (request, call) => {
    const now = Date.now();
    const due = Math.min(call.deadline ?? now + unaryMs, now + longestUnaryMs);
    call.deadline = due;
    return new Promise((resolve, reject) => {
      const running = { due, expire: () => expire(call, reject) };
      calls.add(running);
      next(request, call).then(
        (response) => {
          calls.remove(running);
          resolve(response);
        },
        (failure: unknown) => {
          calls.remove(running);
          reject(failure);
        },
      );
    });
  },
  stream: (next) => (requests, call) => {
    const all = until(next(requests, call), call.signal);
    if (call.deadline === undefined) return all;
    const running = { due: call.deadline, expire: () => expire(call) };
    calls.add(running);
    return ending(all, { ended: () => calls.remove(running) });
  },
};

function expire(call: Call, reject?: (reason: unknown) => void): void {
  const failure = exceeded();
  call.abort(failure);
  reject?.(failure);
}
