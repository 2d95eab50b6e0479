import { Code, ConnectError } from "@connectrpc/connect";
import { nameOf } from "../contract/policy-of.ts";
import type { Log } from "../host/log.ts";
import type { Call } from "../rpc/call.ts";
import type { Layer } from "../rpc/handler.ts";
import { ending } from "../rpc/streams.ts";
import { statusName } from "../wire/status.ts";

/** One line a call, whatever becomes of it; the cause too where the server is at fault. */
export function accessLog(log: Log): Layer {
  function write(call: Call, began: number, error: unknown): void {
    const code = error === undefined ? undefined : ConnectError.from(error).code;
    const fault = code === Code.Internal || code === Code.Unknown || code === Code.DataLoss;
    // Calls that went well are many, and the metrics count them.
    if (!fault && !log.isLevelEnabled(code === undefined ? "debug" : "info")) return;
    const line = {
      method: nameOf(call.method),
      wire: call.wire,
      status: statusName(code),
      ms: Math.round((performance.now() - began) * 10) / 10,
      ...(call.caller ? { principal: call.caller.id } : {}),
      ...(call.service ? { from: call.service } : {}),
      ...(call.address ? { address: call.address } : {}),
    };
    if (fault) log.error({ ...line, err: (error as ConnectError).cause ?? error }, "call failed");
    else if (code !== undefined) log.info({ ...line, said: (error as ConnectError).rawMessage }, "call refused");
    else log.debug(line, "call served");
  }
  return {
    unary: (next) => async (request, call) => {
      const began = performance.now();
      try {
        const response = await next(request, call);
        write(call, began, undefined);
        return response;
      } catch (error) {
        write(call, began, error);
        throw error;
      }
    },
    stream: (next) => (requests, call) => {
      const began = performance.now();
      let failure: unknown;
      return ending(next(requests, call), {
        failed: (error) => (failure = error),
        ended: () => write(call, began, failure),
      });
    },
  };
}
