import type { StepService } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { grantedScope } from "@signalbox/runtime/resource/granted.ts";
import { listQuery, pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { reserveStep } from "../reservation/reserve.ts";
import { setCacheExpiry } from "./cache-expiry.ts";

/** Steps, whichever run they are of. */
export function stepHandlers(context: Context): Handlers<typeof StepService> {
  const { steps, lists } = context;
  return {
    async batchGetSteps({ ids }, call) {
      return { steps: await steps.describe(await steps.some(workspaceOf(call), grantedScope(call), ids)) };
    },

    async listProjectSteps(request, call) {
      const query = listQuery(lists, request, call, String(request.latest));
      const { rows, ...page } = await steps.listInProject(query, request.latest);
      return { steps: await steps.describe(rows), ...pageOf(page) };
    },

    async setCacheExpiry(request, call) {
      const [step] = await steps.describe([await setCacheExpiry(context, request, call)]);
      return { step };
    },

    reserveStep: (request, call) => reserveStep(context, request, call),
  };
}
