import { overloaded } from "../errors.ts";
import type { Admission, CallKind } from "../host/admission.ts";
import type { Call } from "../rpc/call.ts";
import type { Layer } from "../rpc/handler.ts";
import { ending, opening } from "../rpc/streams.ts";

/** Refuses calls that the program has no place for. */
export function admit(admission: Admission): Layer {
  function enter(kind: CallKind, call: Call): () => void {
    const who = [call.header("authorization") ?? call.address ?? ""];
    if (!admission.hasRoom(kind, who)) throw overloaded();
    return admission.take(kind, who);
  }
  return {
    unary: (next) => async (request, call) => {
      const leave = enter("call", call);
      try {
        return await next(request, call);
      } finally {
        leave();
      }
    },
    stream: (next) => (requests, call) =>
      opening(async () => {
        const ended = enter("stream", call);
        return ending(next(requests, call), { ended });
      }),
  };
}
