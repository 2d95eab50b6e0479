import type { Layer } from "../rpc/handler.ts";
import { ending } from "../rpc/streams.ts";
import { toConnectError } from "../wire/status.ts";

/** Turns whatever is thrown further in into a status that the caller may see. */
export const mapErrors: Layer = {
  unary: (next) => async (request, call) => {
    try {
      return await next(request, call);
    } catch (thrown) {
      throw toConnectError(thrown);
    }
  },
  stream: (next) => (requests, call) => ending(next(requests, call), { failed: toConnectError }),
};
