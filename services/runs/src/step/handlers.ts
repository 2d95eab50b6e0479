import type { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Context } from "../context.ts";
import { reserveStep } from "../reservation/reserve.ts";

/** Steps, whichever run they are of. */
export function stepHandlers(context: Context): Handlers<typeof StepService> {
  return {
    reserveStep: (request, call) => reserveStep(context, request, call),
  };
}
