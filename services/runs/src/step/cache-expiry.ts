import type { SetCacheExpiryRequest } from "@signalbox/gen/signalbox/runs/v1/step_service_pb.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { microsOf } from "../report/time.ts";
import type { StepTable } from "../tables.ts";

/** Changes until when the outputs of a step serve; resolves with the attempt as it is then. */
export async function setCacheExpiry(
  { mutate, reporting, steps }: Context,
  request: SetCacheExpiryRequest,
  call: Call,
): Promise<StepTable> {
  const [workspace, run] = [workspaceOf(call), grantedId(call)];
  const { step, attempt } = request;
  const change = { kind: "cache expiry", step, attempt, cacheExpiresTime: microsOf(request.cacheExpireTime, 0) } as const;
  await reporting.whole(run, (again) =>
    mutate(call, { subject: toUuid(run), project: call.granted?.resource?.project }, async (trx) => {
      const { refusals } = await reporting.within(trx, { workspace, run, changes: [change] }, again);
      if (refusals[0]) throw refusals[0];
    }),
  );
  return (await steps.find(workspace, run, step, attempt)) as StepTable;
}
